package main

import (
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/labstack/echo/v4"
	"github.com/perses/perses/internal/api/plugin"
)

// prefixMark stands in the first page where the prefix of all paths belongs.
const prefixMark = "PREFIX_PATH_PLACEHOLDER"

// webPages serves Perses' web pages, and those of its plugins. The pages are one program that draws all paths itself.
type webPages struct {
	folder  fs.FS
	prefix  string
	first   string
	plugins plugin.Plugin
}

func newWebPages(folder string, prefix string, plugins plugin.Plugin) (*webPages, error) {
	first, err := os.ReadFile(filepath.Join(folder, "index.html"))
	if err != nil {
		return nil, err
	}
	return &webPages{
		folder:  os.DirFS(folder),
		prefix:  prefix,
		first:   strings.ReplaceAll(string(first), prefixMark, prefix),
		plugins: plugins,
	}, nil
}

func (pages *webPages) RegisterRoute(server *echo.Echo) {
	server.GET(pages.prefix, pages.firstPage)
	server.GET(pages.prefix+"/*", pages.page)
	server.GET(pages.prefix+"/plugins/:plugin/*", pages.pluginFile)
	if pages.prefix != "" {
		server.GET("/", func(c echo.Context) error { return c.Redirect(http.StatusFound, pages.prefix+"/") })
	}
}

// page is a file of the pages, or the program that draws the path.
func (pages *webPages) page(c echo.Context) error {
	name := c.Param("*")
	asset := strings.HasPrefix(name, "assets/")
	if found, err := fs.Stat(pages.folder, name); err != nil || found.IsDir() {
		if asset {
			return echo.ErrNotFound
		}
		return pages.firstPage(c)
	}
	keep(c, asset)
	return echo.StaticFileHandler(name, pages.folder)(c)
}

func (pages *webPages) firstPage(c echo.Context) error {
	keep(c, false)
	return c.HTML(http.StatusOK, pages.first)
}

func (pages *webPages) pluginFile(c echo.Context) error {
	loaded, there := pages.plugins.GetLoadedPlugin(c.Param("plugin"))
	if !there || !loaded.Module.Status.IsLoaded {
		return echo.ErrNotFound
	}
	name := c.Param("*")
	keep(c, strings.HasPrefix(name, "__mf/"))
	return echo.StaticFileHandler(name, os.DirFS(loaded.LocalPath))(c)
}

// keep tells the browser whether it may keep an answer: for ever where the name changes with the content, else not at
// all, as the files of an older image may be newer.
func keep(c echo.Context, forever bool) {
	value := "no-store"
	if forever {
		value = "public, max-age=31536000, immutable"
	}
	c.Response().Header().Set(echo.HeaderCacheControl, value)
}
