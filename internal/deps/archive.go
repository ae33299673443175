package deps

import (
	"archive/tar"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// Bounds of what an archive may unpack to: far above any package, and below what
// fills a disk.
const (
	maxUnpacked = 1 << 30
	maxFiles    = 100_000
)

// unpack writes the files of a .tar.gz below dir, which exists, and gives the one
// folder that they all lie in. Nothing is written outside of dir: names and links
// that lead out are refused, devices too.
func unpack(archive io.Reader, dir string) (string, error) {
	packed, err := gzip.NewReader(archive)
	if err != nil {
		return "", fmt.Errorf("not a gzip file: %w", err)
	}
	u := &unpacker{dir: dir, left: maxUnpacked}
	files := tar.NewReader(packed)
	for {
		h, err := files.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil {
			err = u.write(h, files)
		}
		if err != nil {
			return "", err
		}
	}
	// The sum at the end of a gzip file is looked at where all of it was read.
	if _, err := io.Copy(io.Discard, packed); err != nil {
		return "", fmt.Errorf("read archive: %w", err)
	}
	return u.top()
}

type unpacker struct {
	dir   string
	left  int64
	count int
}

// refusedError is an archive that must not be unpacked: there is no use in
// fetching it again.
type refusedError struct{ msg string }

func (e *refusedError) Error() string { return e.msg }

func refused(format string, args ...any) error { return &refusedError{fmt.Sprintf(format, args...)} }

func (u *unpacker) write(h *tar.Header, r io.Reader) error {
	name := path.Clean(h.Name)
	if h.Typeflag == tar.TypeXGlobalHeader || name == "." {
		return nil
	}
	if !filepath.IsLocal(filepath.FromSlash(name)) || strings.Contains(h.Name, "\\") {
		return refused("the archive has a file that lies outside of it: %q", h.Name)
	}
	if u.count++; u.count > maxFiles {
		return refused("the archive has more than %d files", maxFiles)
	}
	to := filepath.Join(u.dir, filepath.FromSlash(name))
	if err := u.behindLink(name); err != nil {
		return err
	}
	switch h.Typeflag {
	case tar.TypeDir:
		return os.MkdirAll(to, 0o755)
	case tar.TypeReg:
		return u.file(to, h, r)
	case tar.TypeSymlink:
		if path.IsAbs(h.Linkname) || !filepath.IsLocal(filepath.FromSlash(path.Join(path.Dir(name), h.Linkname))) {
			return refused("the archive has a link that leads out of it: %q to %q", h.Name, h.Linkname)
		}
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			return err
		}
		return os.Symlink(filepath.FromSlash(h.Linkname), to)
	}
	return refused("the archive has what is neither file, folder nor link: %q", h.Name)
}

// behindLink refuses a file whose folder is a link that was unpacked before.
func (u *unpacker) behindLink(name string) error {
	for at := path.Dir(name); at != "."; at = path.Dir(at) {
		info, err := os.Lstat(filepath.Join(u.dir, filepath.FromSlash(at)))
		if err == nil && info.Mode()&fs.ModeSymlink != 0 {
			return refused("the archive has a file below a link: %q", name)
		}
	}
	return nil
}

func (u *unpacker) file(to string, h *tar.Header, r io.Reader) error {
	if u.left -= h.Size; u.left < 0 {
		return refused("the archive unpacks to more than %d MiB", maxUnpacked>>20)
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	mode := fs.FileMode(0o644)
	if h.FileInfo().Mode()&0o100 != 0 {
		mode = 0o755
	}
	f, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, r)
	return errors.Join(err, f.Close())
}

// top is the one folder of the archive.
func (u *unpacker) top() (string, error) {
	entries, err := os.ReadDir(u.dir)
	if err != nil {
		return "", err
	}
	if len(entries) != 1 || !entries[0].IsDir() {
		return "", refused("the archive does not hold one folder with the package in it, but %d entries", len(entries))
	}
	return filepath.Join(u.dir, entries[0].Name()), nil
}
