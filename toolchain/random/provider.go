// Package bridge maps the Terraform provider for random values onto the names of the npm package @pulumi/random.
package bridge

import (
	"context"
	_ "embed"
	"errors"

	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/pf/tfbridge"
	bridge "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge/tokens"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/terraform-providers/terraform-provider-random/internal/provider"
)

// Version is that of the npm package @pulumi/random: the engine looks for a plugin of exactly this version.
const Version = "4.21.2"

// Schema is the package schema that the engine asks the plugin for.
//
//go:embed schema.json
var Schema []byte

// Provider describes every resource, each named with the prefix "Random".
func Provider() bridge.ProviderInfo {
	info := bridge.ProviderInfo{
		P:       tfbridge.ShimProvider(provider.New()),
		Name:    "random",
		Version: Version,
		Resources: map[string]*bridge.ResourceInfo{
			"random_bytes": {ComputeID: bytesID},
		},
		MetadataInfo: bridge.NewProviderMetadata([]byte("{}")), // demanded; holds a history of renames, and there is none
		// State keeps what Terraform's own state would, as the official plugin writes it.
		EnableAccurateBridgePreview: true,
		EnableRawStateDelta:         true,
	}
	standard := tokens.MakeStandard("random")
	info.MustComputeTokens(tokens.SingleModule("random_", "index", func(module, name string) (string, error) {
		return standard(module, "Random"+name)
	}))
	return info
}

// bytesID takes the value for the id, because this one resource has no attribute of that name.
func bytesID(_ context.Context, state resource.PropertyMap) (resource.ID, error) {
	value := state["base64"]
	if value.IsSecret() {
		value = value.SecretValue().Element
	}
	if !value.IsString() {
		return "", errors.New("random bytes came without their base64 form: report this with the plugin's version")
	}
	return resource.ID(value.StringValue()), nil
}
