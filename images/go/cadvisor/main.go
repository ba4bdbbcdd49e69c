// cAdvisor from its library: what upstream's own program does for cgroups alone. Flags have the names they have there,
// so that one command line starts either. No engine's socket is asked: containers are known by their cgroups' paths.
package main

import (
	"flag"
	"log"
	"net/http"
	"strconv"
	"time"

	"github.com/google/cadvisor/cache/memory"
	"github.com/google/cadvisor/container"
	v2 "github.com/google/cadvisor/info/v2"
	"github.com/google/cadvisor/manager"
	"github.com/google/cadvisor/metrics"
	"github.com/google/cadvisor/utils/sysfs"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"k8s.io/klog/v2"
	"k8s.io/utils/clock"
)

// How long a cgroup's statistics are kept: long enough for a scrape, as no other page reads them.
const kept = time.Minute

// Prefixes of the paths of the cgroups to watch.
var allCgroups = []string{""}

func main() {
	port := flag.Int("port", 8080, "port to listen on")
	enabled := container.MetricSet{}
	flag.Var(&enabled, "enable_metrics", "kinds of metrics to collect, separated by commas")
	klog.InitFlags(nil)
	flag.Parse()

	watched, err := manager.New(memory.New(kept, nil), sysfs.NewRealSysFs(), manager.HousekeepingConfigFlags, enabled,
		http.DefaultClient, allCgroups, nil, "", 0)
	if err != nil {
		log.Fatalf("can't watch cgroups: %v", err)
	}
	if err := watched.Start(); err != nil {
		log.Fatalf("can't watch cgroups: %v", err)
	}

	registry := prometheus.NewRegistry()
	newest := v2.RequestOptions{IdType: v2.TypeName, Count: 1, Recursive: true}
	registry.MustRegister(
		metrics.NewPrometheusCollector(watched, metrics.BaseContainerLabels(nil), enabled, clock.RealClock{}, newest),
		metrics.NewPrometheusMachineCollector(watched, enabled),
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	http.Handle("/metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{ErrorHandling: promhttp.ContinueOnError}))
	http.HandleFunc("/healthz", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok")) })
	log.Fatal(http.ListenAndServe(":"+strconv.Itoa(*port), nil))
}
