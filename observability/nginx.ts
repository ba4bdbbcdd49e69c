import { stateScript } from "./state-script";
import type { WebService } from "./web";

/** What the entry's container offers nginx. */
export interface WebPlace {
  port: number;
  /** Folder of this configuration and of the pages beside it. */
  folder: string;
  passwordFile: string;
}

/** Headers that keep a page from being used by another site. */
const headers = `
      add_header X-Content-Type-Options nosniff always;
      add_header X-Frame-Options SAMEORIGIN always;
      add_header Referrer-Policy same-origin always;`;

/** Our own pages bring all they need; the first one has a script of this entry's, which asks nobody but this entry. */
const pageHeaders = (more = "") => `${headers}
      add_header Content-Security-Policy "default-src 'none'; style-src 'unsafe-inline'; ${more}frame-ancestors 'none'" always;
      add_header Cache-Control no-cache always;`;
const ownPageHeaders = pageHeaders();
const firstPageHeaders = pageHeaders("script-src 'self'; connect-src 'self'; ");

/** nginx' configuration: one entry to the pages of all services, behind a password, writing nowhere but /tmp. */
export function nginxConfig(services: readonly WebService[], place: WebPlace): string {
  return `daemon off;
worker_processes 1;
pid /tmp/nginx.pid;
error_log /dev/stderr warn;

events {
  worker_connections 512;
}

http {
  log_format json escape=json '{"time":"$time_iso8601","method":"$request_method","path":"$request_uri","status":$status,'
    '"bytes":$bytes_sent,"seconds":$request_time,"user":"$remote_user","backend":"$upstream_addr"}';
  access_log /dev/stdout json;
  client_body_temp_path /tmp/client-body;
  proxy_temp_path /tmp/proxy;
  fastcgi_temp_path /tmp/fastcgi;
  uwsgi_temp_path /tmp/uwsgi;
  scgi_temp_path /tmp/scgi;

  default_type text/html;
  charset utf-8;
  server_tokens off;
  # The port outside is another one than this.
  absolute_redirect off;

  client_max_body_size 2m;
  client_header_timeout 10s;
  client_body_timeout 10s;
  send_timeout 30s;
  keepalive_timeout 60s;
  large_client_header_buffers 4 16k;

  # The engine's own DNS: asked anew, so that a container that was replaced is found.
  resolver 127.0.0.11 valid=5s ipv6=off;

  map $http_upgrade $connection_upgrade {
    default upgrade;
    ''      '';
  }
  # Browsers send the password along with what other sites make them ask; such requests may change nothing.
  map $request_method:$http_sec_fetch_site $forged {
    default 0;
    '~^(GET|HEAD|OPTIONS):' 0;
    '~:(cross-site|same-site)$' 1;
  }

  server {
    listen ${place.port};
    root ${place.folder};
    auth_basic "MCP cluster";
    auth_basic_user_file ${place.passwordFile};
    if ($forged) {
      return 403;
    }

    location = /healthz {
      auth_basic off;
      access_log off;
      return 200 "ok\\n";
    }
    location = / {${firstPageHeaders}
      try_files /index.html =404;
    }
    location = ${stateScript.path} {${ownPageHeaders}
      default_type text/javascript;
    }
    # Not \`return\`, which comes before the question for the password.
    location / {
      try_files /nowhere =404;
    }
    error_page 502 503 504 /unavailable.html;
    location = /unavailable.html {
      internal;${ownPageHeaders}
      add_header Retry-After 5 always;
    }
${services.map(location).join("")}  }
}
`;
}

/** A service's pages. Its name is a variable, so that nginx starts, and goes on, while there is no such container. */
function location({ name, web }: WebService): string {
  return `
    location ${web.path} {${headers}
      set $backend ${name}:${web.port};
      proxy_pass http://$backend;
      proxy_http_version 1.1;
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-Forwarded-Proto $scheme;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection $connection_upgrade;
      # The password is for this entry alone.
      proxy_set_header Authorization "";
      proxy_connect_timeout 2s;
      proxy_read_timeout 60s;
      proxy_max_temp_file_size 0;
    }
`;
}
