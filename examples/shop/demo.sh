#!/bin/sh
# Builds the shop from nothing, shows its audit log, lets three days pass and
# builds it again. Usage: examples/shop/demo.sh PATH-OF-DEX [FOLDER]
#
# Everything happens in FOLDER (default: target/demo beside the repository's
# Makefile), which is emptied first.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
dex=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
work=${2:-$here/../../target/demo}

rm -rf "$work"
mkdir -p "$work"
cp -R "$here/." "$work"
cd "$work"
unset SHOP_DB

say() { printf '\n== %s\n' "$1"; }
show() { "$dex" --quiet show --limit -1 --inline "$1"; }

say "The landing tables, thirty days of them"
"$dex" --quiet deps
"$dex" run-operation land --args '{through: 30}'

say "dex build, from nothing"
"$dex" build

say "The audit log: one row for each hook that counted"
show "select model_name, row_count, strftime(execution_time, '%H:%M:%S') as at, run_id[:8] as run
      from {{ audit_log() }} order by execution_time, model_name"

say "Three days later: new rows, some changed, some gone; orders get a new column"
"$dex" run-operation land --args '{through: 33}'
"$dex" build --vars '{loyalty: true}'

say "What the second run appended: counts before and after"
show "select model_name, row_count from {{ audit_log() }}
      where run_id = (select max_by(run_id, execution_time) from {{ audit_log() }} where model_name like 'RESULTS%')
        and (model_name like '%BEFORE' or model_name like '%AFTER' or model_name like 'marts.fct%' or model_name like 'history.%' or model_name like 'RESULTS%')
      order by model_name, execution_time"

say "The snapshots remember what changed"
show "select 'products' as what, count(*) as versions, count(*) filter (where dbt_valid_to is null) as current from {{ ref('product_history') }}
      union all select 'customers', count(*), count(*) filter (where dbt_valid_to is null) from {{ ref('customer_history') }}
      union all select 'stock', count(*), count(*) filter (where dbt_valid_to is null) from {{ ref('stock_history') }}"

printf '\nThe project and its database stand in %s\n' "$work"
