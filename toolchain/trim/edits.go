package main

// A copy of a module, changed.
type copied struct {
	path  string
	edits []edit
}

// A change of one file: a text that takes the place of another, or of all of it.
type edit struct{ file, old, new string }

const kubernetesDriver = "\t_ \"github.com/docker/buildx/driver/kubernetes\"\n"

// What is left out, each with what is compiled for it in MB: Kubernetes' client, with which buildx would build on a cluster (22);
// clients of Azure and Google for states and keys, and of clouds for logs (18); and code generators of five languages, for schemas that ours have (19).
var trimmed = []copied{
	{"github.com/terraform-providers/terraform-provider-docker", []edit{
		{"internal/provider/docker_buildx_build.go", kubernetesDriver, ""},
		{"internal/provider/resource_docker_buildx_builder.go", kubernetesDriver, ""},
	}},
	{"github.com/pulumi/pulumi/pkg/v3", []edit{
		{"backend/diy/backend.go", "\t_ \"gocloud.dev/blob/azureblob\" // driver for azblob://\n", ""},
		{"backend/diy/backend.go", "\t\"gocloud.dev/blob/gcsblob\"     // driver for gs://\n", ""},
		{"backend/diy/backend.go", "gcsblob.Scheme", `"gs"`},
		{"authhelpers/gcpauth.go", "", withoutGoogle},
		{"secrets/cloud/manager.go", "\t_ \"gocloud.dev/secrets/azurekeyvault\" // support for azurekeyvault://\n", ""},
		{"secrets/cloud/manager.go", "\t\"gocloud.dev/secrets/gcpkms\"          // support for gcpkms://\n", ""},
		{"secrets/cloud/manager.go", "\t\"google.golang.org/api/cloudkms/v1\"\n", ""},
		{"secrets/cloud/manager.go", "\t\"github.com/pulumi/pulumi/pkg/v3/authhelpers\"\n", ""},
		{"secrets/cloud/manager.go", googleKeys, ""},
		// One dictionary of weak passwords in place of two, which each start of the CLI would read: the other is a copy of this one.
		{"cmd/pulumi/config/config.go", "github.com/nbutton23/zxcvbn-go", "github.com/ccojocar/zxcvbn-go"},
		// A file in PULUMI_HOME with all that the engine did, only where -v asks for it: 2 MB and a tenth of the processor time of each run.
		{"cmd/pulumi/pulumi.go", startLog, "\t\t\tif verbose > 0 {\n" + startLog + "\t\t\t}\n"},
		{"operations/operations_aws.go", "", withoutLogs("AWS")},
		{"operations/operations_gcp.go", "", withoutLogs("GCP")},
	}},
	{"github.com/pulumi/pulumi-terraform-bridge/v3", []edit{
		{"pkg/pf/tfbridge/provider_mux.go", "\t\"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfgen\"\n", ""},
		{"pkg/pf/tfbridge/provider_mux.go", "tfgen.GenerateSchema(providerInfo, noSink)", "noSchema(noSink)"},
		{"pkg/pf/tfbridge/provider_mux.go", "type pfProviderAsMuxProvider struct", noSchema},
	}},
}

const withoutGoogle = `package authhelpers

import (
	"context"
	"errors"

	"gocloud.dev/blob"
)

func GoogleCredentialsMux(context.Context) (*blob.URLMux, error) {
	return nil, errors.New("this pulumi was built without Google's clients: use the official one, or another backend")
}
`

const googleKeys = `	case gcpkms.Scheme:
		credentials, err := authhelpers.ResolveGoogleCredentials(ctx, cloudkms.CloudkmsScope)
		if err != nil {
			return nil, fmt.Errorf("missing google credentials: %w", err)
		}

		kmsClient, _, err := gcpkms.Dial(ctx, credentials.TokenSource)
		if err != nil {
			return nil, fmt.Errorf("failed to connect to gcpkms: %w", err)
		}
		opener := gcpkms.URLOpener{
			Client: kmsClient,
		}

		return opener.OpenKeeperURL(ctx, u)
`

const startLog = "\t\t\tautoLogger, logErr = backendlogging.StartLogging(cmd.Context(), nil /* sm */, commandPath)\n"

// What `pulumi logs` asks of a cloud.
func withoutLogs(cloud string) string {
	return `package operations

import (
	"context"
	"errors"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/config"
)

func ` + cloud + `OperationsProvider(context.Context, map[config.Key]string, *Resource) (Provider, error) {
	return nil, errors.New("this pulumi was built without clients for clouds' logs: use the official one")
}
`
}

const noSchema = `func noSchema(any) (*schema.PackageSpec, error) {
	panic("a plugin must bring its schema")
}

type pfProviderAsMuxProvider struct`
