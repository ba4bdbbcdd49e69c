// The plugin behind the npm package @pulumi/random.
package main

import (
	"context"

	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/pf/tfbridge"
	random "github.com/terraform-providers/terraform-provider-random/bridge"
)

func main() {
	tfbridge.Main(context.Background(), "random", random.Provider(), tfbridge.ProviderMetadata{
		PackageSchema: random.Schema,
	})
}
