// Command trim copies the modules that carry clients of no use here, leaves those out of the copies, and writes a go.mod that
// takes the copies: trim FOLDER. Building with `-modfile=FOLDER/go.mod` then compiles two thirds of what it would.
package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("toolchain: ")
	if len(os.Args) != 2 {
		log.Fatal("usage: trim FOLDER, an absolute path")
	}
	if err := trim(os.Args[1]); err != nil {
		log.Fatal(err)
	}
}

func trim(folder string) error {
	for _, name := range []string{"go.mod", "go.sum"} {
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(folder, name), text, 0o644); err != nil {
			return err
		}
	}
	for number, module := range trimmed {
		copied := filepath.Join(folder, fmt.Sprint(number))
		if err := copyModule(module.path, copied); err != nil {
			return fmt.Errorf("%s can't be copied: %w", module.path, err)
		}
		for _, edit := range module.edits {
			if err := edit.apply(copied); err != nil {
				return fmt.Errorf("%s: %w", module.path, err)
			}
		}
		replace := "-replace=" + module.path + "=" + copied
		if _, err := run("mod", "edit", replace, filepath.Join(folder, "go.mod")); err != nil {
			return err
		}
	}
	return nil
}

// apply changes a file of a module's copy. Where the text to change is not there, the module is another than the edit is for.
func (e edit) apply(folder string) error {
	file := filepath.Join(folder, e.file)
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	changed := strings.Replace(string(text), e.old, e.new, 1)
	switch {
	case e.old == "":
		changed = e.new
	case changed == string(text):
		return fmt.Errorf("%s has no %q: bring trim/edits.go up to the module's version", e.file, e.old)
	}
	return os.WriteFile(file, []byte(changed), 0o644)
}

// copyModule copies what a build takes of a module, to where it can be changed.
func copyModule(path, target string) error {
	if _, err := run("mod", "download", path); err != nil {
		return err
	}
	source, err := run("list", "-m", "-f", "{{.Dir}}", path)
	if err != nil {
		return err
	}
	return filepath.WalkDir(source, func(file string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(source, file)
		if err != nil {
			return err
		}
		switch copied := filepath.Join(target, name); {
		case entry.IsDir() && entry.Name() == "testdata":
			return filepath.SkipDir
		case entry.IsDir():
			return os.MkdirAll(copied, 0o755)
		case !entry.Type().IsRegular() || strings.HasSuffix(file, "_test.go"):
			return nil
		default:
			text, err := os.ReadFile(file)
			if err != nil {
				return err
			}
			return os.WriteFile(copied, text, 0o644)
		}
	})
}

func run(args ...string) (string, error) {
	command := exec.Command("go", args...)
	command.Stderr = os.Stderr
	out, err := command.Output()
	return string(bytes.TrimSpace(out)), err
}
