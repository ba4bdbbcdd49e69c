#!/bin/bash
# ask-health PORT: whether the server that runs in the same container says that it is ready. The engine asks every few
# seconds, which takes bash a tenth of what a start of Node takes; why a server is not ready its own program tells.
exec 3<>"/dev/tcp/127.0.0.1/$1" || exit
printf 'GET /health HTTP/1.0\r\nHost: 127.0.0.1\r\n\r\n' >&3
read -r -t 1 -u 3 _ status _ || exit
# To its end, so that the server need not find its answer refused.
read -r -t 1 -u 3 -d '' _
[ "$status" = 200 ] && echo ready
