// Lies below the provider's own path, which is what lets it import internal/provider.
module github.com/terraform-providers/terraform-provider-docker/bridge

go 1.25.11

require (
	github.com/pulumi/pulumi-terraform-bridge/v3 v3.137.0
	github.com/terraform-providers/terraform-provider-docker v0.0.0
)
