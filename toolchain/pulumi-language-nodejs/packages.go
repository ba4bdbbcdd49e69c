package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// manifest is what matters here of a package.json.
type manifest struct {
	Name    string                  `json:"name"`
	Version string                  `json:"version"`
	Pulumi  plugin.PulumiPluginJSON `json:"pulumi"`
}

// GetRequiredPackages lists the plugins that the program's npm packages ask for.
func (h *host) GetRequiredPackages(
	_ context.Context, req *pulumirpc.GetRequiredPackagesRequest,
) (*pulumirpc.GetRequiredPackagesResponse, error) {
	modules, err := findModules(req.GetInfo().GetProgramDirectory())
	if err != nil {
		return nil, err
	}
	search := search{seen: map[string]bool{}}
	if err := search.modules(modules); err != nil {
		return nil, err
	}
	return &pulumirpc.GetRequiredPackagesResponse{Packages: search.found}, nil
}

// search goes through node_modules folders; links make them a graph, so it marks where it has been.
type search struct {
	seen  map[string]bool
	found []*pulumirpc.PackageDependency
}

// modules looks into a node_modules folder, or one of its scopes.
func (s *search) modules(folder string) error {
	real, err := filepath.EvalSymlinks(folder)
	if errors.Is(err, fs.ErrNotExist) || s.seen[real] {
		return nil
	}
	if err != nil {
		return err
	}
	s.seen[real] = true
	entries, err := os.ReadDir(real)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		path := filepath.Join(real, entry.Name())
		switch {
		case strings.HasPrefix(entry.Name(), "."):
			continue
		case strings.HasPrefix(entry.Name(), "@"):
			err = s.modules(path)
		default:
			err = s.npmPackage(path)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// npmPackage looks at a package and at those it holds.
func (s *search) npmPackage(folder string) error {
	text, err := os.ReadFile(filepath.Join(folder, "package.json"))
	if err != nil {
		return nil // a file or an empty folder, no package
	}
	if bytes.Contains(text, []byte(`"pulumi"`)) {
		if err := s.add(text); err != nil {
			return fmt.Errorf("%s: %w", folder, err)
		}
	}
	return s.modules(filepath.Join(folder, "node_modules"))
}

// add notes the plugin that a package asks for, if it asks for one.
func (s *search) add(text []byte) error {
	var m manifest
	if err := json.Unmarshal(text, &m); err != nil || !m.Pulumi.Resource {
		return nil // "pulumi" means something else there, such as a list of keywords
	}
	name := m.Pulumi.Name
	if name == "" {
		short, official := strings.CutPrefix(m.Name, "@pulumi/")
		if !official {
			return errors.New(`its package.json asks for a plugin and lacks the plugin's name under "pulumi"`)
		}
		name = short
	}
	version := m.Pulumi.Version
	if version == "" {
		version = m.Version
	}
	s.found = append(s.found, &pulumirpc.PackageDependency{
		Name:             name,
		Kind:             "resource",
		Version:          version,
		Server:           m.Pulumi.Server,
		Parameterization: parameterization(m.Pulumi.Parameterization),
		Extension:        parameterization(m.Pulumi.ExtensionParameterization),
	})
	return nil
}

// parameterization is the message for a plugin that becomes another one by parameters.
func parameterization(p *plugin.PulumiParameterizationJSON) *pulumirpc.PackageParameterization {
	if p == nil {
		return nil
	}
	return &pulumirpc.PackageParameterization{Name: p.Name, Version: p.Version, Value: p.Value}
}
