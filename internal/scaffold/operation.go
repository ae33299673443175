package scaffold

import (
	"embed"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
)

//go:embed operation
var operations embed.FS

// operationPart is what a folder and an operation may be called.
var operationPart = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_-]*$`)

// OperationFile is the file of an operation GROUP/NAME, below the operation path.
// An ending that is given has to be that of the language.
func OperationFile(name string, python bool) (string, error) {
	ending := ".sql"
	if python {
		ending = ".py"
	}
	stem := name
	if given := path.Ext(name); given != "" {
		if given != ending {
			return "", fmt.Errorf("'%s' does not end in %s: leave the ending out, and give --python for a Python operation", name, ending)
		}
		stem = strings.TrimSuffix(name, given)
	}
	for part := range strings.SplitSeq(stem, "/") {
		if !operationPart.MatchString(part) {
			return "", fmt.Errorf("'%s' cannot be the name of an operation: write GROUP/NAME, with letters, digits, _ and -", name)
		}
	}
	return stem + ending, nil
}

// WriteOperation writes the beginning of an operation to file below dir. A file
// that is there is an error, and stays as it is.
func WriteOperation(dir, file string) error {
	src, err := operations.ReadFile("operation/new" + path.Ext(file))
	if err != nil {
		panic(err) // OperationFile knows two endings, and both are embedded
	}
	at := filepath.Join(dir, filepath.FromSlash(file))
	if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
		return fmt.Errorf("write the operation: %w", err)
	}
	f, err := os.OpenFile(at, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return fmt.Errorf("write the operation: %w", err)
	}
	stem := strings.TrimSuffix(path.Base(file), path.Ext(file))
	_, err = f.WriteString(strings.ReplaceAll(string(src), "__OPERATION__", stem))
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return fmt.Errorf("write the operation: %w", err)
	}
	return nil
}
