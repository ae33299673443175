# dex: build, test, demo. Needs Go and a C++ compiler (DuckDB is linked by cgo).

VERSION ?= 0.1.0-dev
COMMIT  := $(shell git rev-parse --short=12 HEAD 2>/dev/null || echo unknown)
LDFLAGS := -X main.version=$(VERSION) -X main.commit=$(COMMIT)

export CGO_ENABLED = 1

.PHONY: all build install test check fmt demo bench clean need conformance

all: build

# Says what is missing before a compiler says it in fifty lines.
need:
	@command -v go >/dev/null || { echo "dex needs Go (the version is in go.mod): https://go.dev/dl"; exit 1; }
	@command -v $${CXX:-g++} >/dev/null || command -v clang++ >/dev/null || { \
		echo "dex needs a C++ compiler: DuckDB is linked into the binary."; \
		echo "Debian, Ubuntu: apt install gcc g++    Fedora: dnf install gcc-c++    macOS: xcode-select --install"; exit 1; }

build: need
	go build -trimpath -ldflags '$(LDFLAGS)' -o bin/dex ./cmd/dex

install: need
	go install -trimpath -ldflags '$(LDFLAGS)' ./cmd/dex

# What has to hold before a change lands; .ci/run calls this.
test: check left-out
	@if test "$${DEX_TEST_POSTGRES:-}" != off && ! .ci/postgres there; then DEX_TEST_POSTGRES=off; export DEX_TEST_POSTGRES; fi; \
	echo "go test -timeout 20m ./..."; go test -timeout 20m ./...

# Says what the tests go without on this machine: go test tells of a skipped test
# to nobody.
.PHONY: left-out
left-out:
	@command -v node >/dev/null || echo "LEFT OUT: the page of 'docs generate' is not run, node is missing (internal/docsite)"
	@command -v $${DEX_PYTHON:-python3} >/dev/null || echo "LEFT OUT: Python operations are not run, there is no python3 (internal/pyrun, testdata/script/python_operations.txtar)"
	@$${DEX_PYTHON:-python3} -c 'import pandas, pyarrow' 2>/dev/null || \
		echo "LEFT OUT: data frames of Python operations, python3 has no pandas and pyarrow; DEX_PYTHON names another (internal/pyrun)"
	@command -v uv >/dev/null || echo "LEFT OUT: packages of Python operations by uv, which is missing (internal/pyrun)"
	@$${DEX_PYTHON:-python3} -c 'import duckdb' 2>/dev/null || \
		echo "LEFT OUT: Python models are not run, python3 has no module duckdb; DEX_PYTHON names another (testdata/script/python_models*.txtar)"
	@$${DEX_PYTHON:-python3} -c 'import duckdb, pandas, polars, pyarrow, pyarrow.dataset' 2>/dev/null || \
		echo "LEFT OUT: data frames of Python models, python3 has not all of pandas, polars and pyarrow; DEX_PYTHON names another (testdata/script/python_models_frames.txtar)"
	@if test "$${DEX_TEST_POSTGRES:-}" = off; then echo "LEFT OUT: all tests with Postgres, DEX_TEST_POSTGRES=off says so (internal/pgtest)"; \
	else why=$$(.ci/postgres) || echo "LEFT OUT: all tests with Postgres (internal/pgtest). $$why"; fi
	@test "$$(id -u)" != 0 || echo "LEFT OUT: a target that cannot be written, root may write everywhere (testdata/script/read_only_target.txtar, internal/store/sqlite)"

# dbt's own test suites and those of its adapters, against dex; .ci/conformance calls
# this. Installs what it needs below conformance/.cache: conformance/README.md.
conformance: build
	conformance/conformance.py

check: need
	@out=$$(gofmt -l cmd internal); test -z "$$out" || { echo "gofmt -w these files:"; echo "$$out"; exit 1; }
	go vet ./...

fmt:
	gofmt -w cmd internal

# The example project, built from nothing and then once more with new data.
demo: build
	@examples/shop/demo.sh bin/dex

bench:
	go test -run '^$$' -bench . -benchmem ./internal/...

clean:
	rm -rf bin examples/shop/target examples/shop/logs examples/shop/dbt_packages examples/shop/shop.duckdb examples/shop/shop.duckdb.wal examples/shop/.dex
