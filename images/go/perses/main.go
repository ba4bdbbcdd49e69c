// Perses as a viewer: its own API, plugins and web pages over dashboards that are provisioned from files, and nothing that
// changes them. Perses' own main program can't be built from its Go module, which lacks the web pages; and it brings in
// Kubernetes' client, which takes longer to compile than all the rest.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/labstack/echo/v4"
	"github.com/perses/common/app"
	"github.com/perses/perses/internal/api/core/middleware"
	"github.com/perses/perses/internal/api/dependency"
	"github.com/perses/perses/internal/api/provisioning"
	"github.com/perses/perses/internal/api/utils"
	"github.com/perses/perses/pkg/model/api/config"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/sirupsen/logrus"
)

var (
	configFile = flag.String("config", "", "Perses' own configuration, as YAML")
	pages      = flag.String("pages", "/usr/share/perses/pages", "folder of the web pages")
	probe      = flag.Bool("probe", false, "ask the server that runs on this machine whether it is well, and end")
)

func main() {
	flag.Parse()
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "perses:", err)
		os.Exit(1)
	}
}

func run() error {
	conf, err := config.Resolve(*configFile)
	if err != nil {
		return fmt.Errorf("reading %s: %w", *configFile, err)
	}
	if *probe {
		return askHealth(conf.APIPrefix)
	}
	return serve(conf)
}

// serve answers until it is told to end. All dashboards are there when it begins to: who asks early gets no half list.
func serve(conf config.Config) error {
	app.InitLogrus()
	conf.Security.Readonly = true
	persistence, err := dependency.NewPersistenceManager(conf.Database)
	if err != nil {
		return fmt.Errorf("opening the database: %w", err)
	}
	database := persistence.GetPersesDAO()
	if err := database.Init(); err != nil {
		return fmt.Errorf("preparing the database: %w", err)
	}
	defer database.Close()
	services, err := dependency.NewServiceManager(persistence, conf)
	if err != nil {
		return err
	}
	if err := load(services, conf, database.IsCaseSensitive()); err != nil {
		return err
	}

	web, err := newWebPages(*pages, conf.APIPrefix, services.GetPlugin())
	if err != nil {
		return fmt.Errorf("reading the web pages: %w", err)
	}
	metrics := prometheus.NewRegistry()
	metrics.MustRegister(collectors.NewGoCollector())
	runner := app.NewRunner().WithDefaultHTTPServerAndPrometheusRegisterer(utils.MetricNamespace, metrics, metrics)
	runner.HTTPServerBuilder().
		ActivatePprof(false).
		// Prometheus compresses its answers itself.
		GzipSkipper(func(c echo.Context) bool { return strings.HasPrefix(c.Request().URL.Path, conf.APIPrefix+proxyPath) }).
		APIRegistration(&viewerAPI{prefix: conf.APIPrefix, endpoints: newEndpoints(services, persistence, conf)}).
		APIRegistration(web).
		Middleware(middleware.HandleError()).
		Middleware(middleware.CheckProject(services.GetProject()))
	runner.Start()
	return nil
}

// load brings in the plugins, and the dashboards and data sources of the provisioned folders, each checked against the
// plugins' schemas. One that can't be loaded is an error.
func load(services dependency.ServiceManager, conf config.Config, caseSensitive bool) error {
	complaints := &complaints{}
	former := logrus.StandardLogger().ReplaceHooks(logrus.LevelHooks{})
	logrus.AddHook(complaints)
	defer logrus.StandardLogger().ReplaceHooks(former)
	if err := services.GetPlugin().Load(); err != nil {
		return fmt.Errorf("loading the plugins of %s: %w", conf.Plugin.Path, err)
	}
	provision := provisioning.New(services, conf.Provisioning.Folders, caseSensitive)
	if err := provision.Execute(context.Background(), func() {}); err != nil {
		return fmt.Errorf("loading dashboards: %w", err)
	}
	return errors.Join(complaints.all...)
}

// complaints collects what is logged as going wrong: Perses skips what it can't load and says so only there, and a page
// without its dashboards would pass for well.
type complaints struct{ all []error }

func (*complaints) Levels() []logrus.Level {
	return []logrus.Level{logrus.ErrorLevel, logrus.WarnLevel}
}

func (complaints *complaints) Fire(entry *logrus.Entry) error {
	complaints.all = append(complaints.all, fmt.Errorf("%s: %v", entry.Message, entry.Data[logrus.ErrorKey]))
	return nil
}

// askHealth is the container's health check: the image has no other program that could ask.
func askHealth(prefix string) error {
	_, port, err := net.SplitHostPort(flag.Lookup("web.listen-address").Value.String())
	if err != nil {
		return err
	}
	answer, err := http.Get("http://" + net.JoinHostPort("127.0.0.1", port) + filepath.Join("/", prefix, utils.APIV1Prefix, "health"))
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return errors.New(answer.Status)
	}
	return nil
}
