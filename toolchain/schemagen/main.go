// Writes the package schemas that the plugins carry. Run it in the toolchain's folder after raising a version:
//
//	go run -tags no_compose ./schemagen
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfgen"
	"github.com/pulumi/pulumi/sdk/v3/go/common/diag"
	"github.com/pulumi/pulumi/sdk/v3/go/common/diag/colors"
	docker "github.com/terraform-providers/terraform-provider-docker/bridge"
	random "github.com/terraform-providers/terraform-provider-random/bridge"
)

func main() {
	if err := writeAll(); err != nil {
		// Not package log: the bridge silences it.
		fmt.Fprintln(os.Stderr, "schemagen:", err)
		os.Exit(1)
	}
}

func writeAll() error {
	folder, err := os.Getwd()
	if err != nil {
		return err
	}
	// The generator would read a Pulumi.yaml found above the working folder.
	if err := os.Chdir(os.TempDir()); err != nil {
		return err
	}
	for _, provider := range []tfbridge.ProviderInfo{docker.Provider(), random.Provider()} {
		if err := write(provider, filepath.Join(folder, provider.Name, "schema.json")); err != nil {
			return fmt.Errorf("the schema of %s can't be written: %w", provider.Name, err)
		}
	}
	return nil
}

// write puts the provider's schema into the file that its module embeds.
func write(provider tfbridge.ProviderInfo, file string) error {
	generated, err := tfgen.GenerateSchemaWithOptions(tfgen.GenerateSchemaOptions{
		ProviderInfo:    provider,
		DiagnosticsSink: diag.DefaultSink(os.Stderr, os.Stderr, diag.FormatOptions{Color: colors.Never}),
		XInMemoryDocs:   true, // the provider's own descriptions; its web pages are not part of the module
	})
	if err != nil {
		return err
	}
	text, err := withoutDescriptions(generated.PackageSpec)
	if err != nil {
		return err
	}
	return os.WriteFile(file, append(text, '\n'), 0o644)
}

// withoutDescriptions is the schema's indented JSON, a third as long: the npm packages carry the texts.
func withoutDescriptions(spec any) ([]byte, error) {
	text, err := json.Marshal(spec)
	if err != nil {
		return nil, err
	}
	var tree any
	if err := json.Unmarshal(text, &tree); err != nil {
		return nil, err
	}
	strip(tree)
	return json.MarshalIndent(tree, "", "  ")
}

// strip takes the texts out of a JSON tree. A property that is itself named "description" is an object and stays.
func strip(node any) {
	switch node := node.(type) {
	case map[string]any:
		for key, value := range node {
			if _, text := value.(string); text && (key == "description" || key == "readme") {
				delete(node, key)
			} else {
				strip(value)
			}
		}
	case []any:
		for _, value := range node {
			strip(value)
		}
	}
}
