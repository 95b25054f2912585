#!/bin/sh
# Documented, not reproduced: the two settings of an Application Gateway v2 that end or hold a stream.
set -eu
GROUP=${1:?resource group}
GATEWAY=${2:?name of the gateway}
SETTING=${3:?name of the backend setting}

# On by default, and for the whole gateway: a listener of its own for the stream changes nothing.
az network application-gateway update --resource-group "$GROUP" --name "$GATEWAY" \
  --set globalConfiguration.enableRequestBuffering=true globalConfiguration.enableResponseBuffering=false

# 20 s by default, 86400 at most. It must be longer than the longest silence between two events.
az network application-gateway http-settings update --resource-group "$GROUP" --gateway-name "$GATEWAY" \
  --name "$SETTING" --timeout 3600
