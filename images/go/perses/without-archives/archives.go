// Package archives has as much of the library as Perses names, and unpacks and packs nothing.
package archives

import (
	"context"
	"errors"
	"io"
	"io/fs"
)

var errLeftOut = errors.New("this Perses was built without archives: lay the plugin's folder out")

// FileInfo is a file of an archive.
type FileInfo struct {
	fs.FileInfo
	NameInArchive string
	Open          func() (fs.File, error)
}

// FileHandler is called for each file of an archive.
type FileHandler func(context.Context, FileInfo) error

// Format is a kind of archive; none is known.
type Format any

// Extractor is a format that can be unpacked.
type Extractor interface {
	Extract(context.Context, io.Reader, FileHandler) error
}

// Identify always fails.
func Identify(context.Context, string, io.Reader) (Format, io.Reader, error) {
	return nil, nil, errLeftOut
}

// Tar, Zip and Gz are names alone.
type (
	Tar struct{}
	Zip struct{}
	Gz  struct{}
)

// CompressedArchive says how files would be packed.
type CompressedArchive struct{ Archival, Compression any }

// Archive always fails.
func (CompressedArchive) Archive(context.Context, io.Writer, []FileInfo) error {
	return errLeftOut
}
