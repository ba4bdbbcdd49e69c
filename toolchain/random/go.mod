// Lies below the provider's own path, which is what lets it import internal/provider.
module github.com/terraform-providers/terraform-provider-random/bridge

go 1.25.11

require (
	github.com/pulumi/pulumi-terraform-bridge/v3 v3.137.0
	github.com/terraform-providers/terraform-provider-random v1.3.2-0.20260513075824-f8d869dc98d9
)
