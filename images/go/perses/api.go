package main

import (
	"net/http"

	"github.com/labstack/echo/v4"
	"github.com/perses/perses/internal/api/core/middleware"
	"github.com/perses/perses/internal/api/dependency"
	configendpoint "github.com/perses/perses/internal/api/impl/config"
	"github.com/perses/perses/internal/api/impl/proxy"
	"github.com/perses/perses/internal/api/impl/v1/dashboard"
	"github.com/perses/perses/internal/api/impl/v1/datasource"
	"github.com/perses/perses/internal/api/impl/v1/folder"
	"github.com/perses/perses/internal/api/impl/v1/globaldatasource"
	"github.com/perses/perses/internal/api/impl/v1/globalvariable"
	"github.com/perses/perses/internal/api/impl/v1/health"
	"github.com/perses/perses/internal/api/impl/v1/plugin"
	"github.com/perses/perses/internal/api/impl/v1/project"
	"github.com/perses/perses/internal/api/impl/v1/variable"
	"github.com/perses/perses/internal/api/route"
	"github.com/perses/perses/internal/api/utils"
	"github.com/perses/perses/pkg/model/api/config"
)

// proxyPath is where queries of dashboards are forwarded to their data source.
const proxyPath = "/proxy"

// endpoints are the parts of Perses' API that its web pages read, by the path they lie under.
type endpoints map[string][]route.Endpoint

func newEndpoints(services dependency.ServiceManager, persistence dependency.PersistenceManager, conf config.Config) endpoints {
	const readonly = true
	caseSensitive := persistence.GetPersesDAO().IsCaseSensitive()
	authorization := services.GetAuthorization()
	return endpoints{
		utils.APIPrefix: {configendpoint.New(conf)},
		utils.APIV1Prefix: {
			dashboard.NewEndpoint(services.GetDashboard(), authorization, readonly, caseSensitive),
			datasource.NewEndpoint(conf.Datasource, services.GetDatasource(), authorization, readonly, caseSensitive),
			folder.NewEndpoint(services.GetFolder(), authorization, readonly, caseSensitive),
			globaldatasource.NewEndpoint(conf.Datasource, services.GetGlobalDatasource(), authorization, readonly, caseSensitive),
			globalvariable.NewEndpoint(conf.Variable, services.GetGlobalVariable(), authorization, readonly, caseSensitive),
			health.NewEndpoint(services.GetHealth()),
			plugin.NewEndpoint(services.GetPlugin(), false),
			project.NewEndpoint(services.GetProject(), authorization, readonly, caseSensitive),
			variable.NewEndpoint(conf.Variable, services.GetVariable(), authorization, readonly, caseSensitive),
		},
		proxyPath: {savedOnly{proxy.New(conf.Datasource, persistence.GetDashboard(), persistence.GetSecret(), persistence.GetGlobalSecret(),
			persistence.GetDatasource(), persistence.GetGlobalDatasource(), services.GetCrypto(), authorization)}},
	}
}

// savedOnly leaves out the routes that forward to an address in the request: whoever reads a dashboard could reach
// everything that this server reaches.
type savedOnly struct{ route.Endpoint }

func (endpoint savedOnly) CollectRoutes(group *route.Group) {
	all := &route.Group{}
	endpoint.Endpoint.CollectRoutes(all)
	for _, one := range all.Routes {
		if one.Method != http.MethodPost {
			group.Routes = append(group.Routes, one)
		}
	}
}

// viewerAPI registers endpoints below a prefix. Nobody signs in: who may come here is decided in front.
type viewerAPI struct {
	prefix    string
	endpoints endpoints
}

func (api *viewerAPI) RegisterRoute(server *echo.Echo) {
	for path, endpoints := range api.endpoints {
		root := &route.Group{Path: api.prefix + path}
		for _, endpoint := range endpoints {
			endpoint.CollectRoutes(root)
		}
		register(root, server.Group(root.Path))
	}
}

func register(routes *route.Group, group *echo.Group) {
	for _, one := range routes.Routes {
		one.Register(group, append([]echo.MiddlewareFunc{middleware.HandleAnonymous(true)}, one.Middlewares...)...)
	}
	for _, child := range routes.Groups {
		register(child, group.Group(child.Path, child.Middlewares...))
	}
}
