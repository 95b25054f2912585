#!/bin/sh
# Documented, not reproduced: the timeout of a profile (Standard or Premium), and a route for streams.
set -eu
GROUP=${1:?resource group}
PROFILE=${2:?name of the profile}
ENDPOINT=${3:?name of the endpoint}
ROUTE=${4:?name of the route of the stream}

# 30 s by default, 16 to 240 can be set; for the whole profile.
az afd profile update --resource-group "$GROUP" --profile-name "$PROFILE" --origin-response-timeout-seconds 240

# Compression belongs to caching: without it neither happens on this route.
az afd route update --resource-group "$GROUP" --profile-name "$PROFILE" --endpoint-name "$ENDPOINT" \
  --route-name "$ROUTE" --enable-caching false
