#!/usr/bin/env bash
# Rebuild src/emergence/client/vendor/vega.js from the versions pinned in package-lock.json.
set -euo pipefail
cd "$(dirname "$0")"
npm ci --ignore-scripts --no-audit --no-fund
out=../../src/emergence/client/vendor/vega.js
binary=$(find node_modules/@esbuild -path '*/bin/esbuild' | head -n 1)
"$binary" entry.js --bundle --minify --format=iife --global-name=vega --target=es2020 --legal-comments=none --outfile="$out"
sha256sum "$out"
