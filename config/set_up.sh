#!/bin/sh
# Sets Homeward up in .venv and node_modules: `set_up.sh run` for what it runs on, `set_up.sh test` for the tests as well.
# An unchanged set-up is recognised by its stamp and left alone. Portable: POSIX sh, Linux and macOS.
set -eu

wanted=${1:-run}
root=$(cd "$(dirname "$0")/.." && pwd -P)
cd "$root"
venv=$root/.venv
python=$venv/bin/python
case $wanted in
    run) lock=requirements.lock ;;
    test) lock=requirements-dev.lock ;;
    *) echo "usage: $0 run|test" >&2; exit 2 ;;
esac

say() { printf '%s\n' "$*"; }
stop() { printf '\n%s\n' "$*" >&2; exit 1; }
as_root_on_debian() { [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; }
apt_install() {
    say "  installing $* with apt-get (as root) ..."
    log=$(mktemp)
    if ! { DEBIAN_FRONTEND=noninteractive apt-get update &&
           DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@"; } >"$log" 2>&1 </dev/null; then
        tail -n 20 "$log" >&2
        stop "apt-get could not install $*; its last lines are above, the rest is in $log."
    fi
    rm -f "$log"
}

# What this set-up depends on: change any of it and the set-up is done again.
fingerprint() {
    "$python" -I - "$root" "$lock" <<'PYTHON'
import hashlib, pathlib, sys
root, lock = pathlib.Path(sys.argv[1]), sys.argv[2]
digest = hashlib.sha256(f"{root} {sys.version}".encode())
for name in (lock, "requirements-setup.lock", "requirements-node.lock", "package.json", "package-lock.json", "pyproject.toml",
             "config/set_up.sh", "config/build_assets.py"):
    digest.update(name.encode() + b"\0" + (root / name).read_bytes())
print(digest.hexdigest())
PYTHON
}
styles=app/web/static/vendor/govuk-frontend.min.css
is_done() {
    [ -x "$python" ] && [ -f "$venv/homeward-$wanted.stamp" ] && [ -f "$styles" ] && [ -x "$venv/bin/homeward" ] &&
        [ "$(cat "$venv/homeward-$wanted.stamp")" = "$(fingerprint)" ]
}

if is_done; then exit 0; fi

fits() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }
can_make_venv() { "$1" -c 'import ensurepip, venv' >/dev/null 2>&1; }
find_python() {
    for name in ${PYTHON:-} python3.13 python3.12 python3.11 python3; do
        if command -v "$name" >/dev/null 2>&1 && fits "$name"; then command -v "$name"; return; fi
    done
    return 1
}

say "Setting Homeward up (first time: about a minute; afterwards nothing to do)."
say "[1/5] Python environment in .venv"
# An environment that was copied or moved from another folder points back at it, so it is made again.
if ! { [ -x "$python" ] && fits "$python" && grep -q "^command = .* -m venv .*$venv\$" "$venv/pyvenv.cfg" 2>/dev/null; }; then
    found=$(find_python) || stop "Homeward needs Python 3.11 or later.
  Debian or Ubuntu:  apt-get install python3 python3-venv
  macOS:             brew install python@3.13
Set PYTHON=/path/to/python3 if it is somewhere unusual."
    if ! can_make_venv "$found"; then
        version=$("$found" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
        if as_root_on_debian; then apt_install "$version"; fi
        can_make_venv "$found" || stop "$found cannot make environments. On Debian or Ubuntu run:  sudo apt-get install $version"
    fi
    say "  with $("$found" --version) ($found)"
    "$found" -m venv --clear "$venv"
fi

# uv installs in seconds what takes pip a minute and a half. Where it has no build for a machine, or does not know the way
# to the packages that pip has been told, pip does it.
export UV_PYTHON_DOWNLOADS=never PIP_DISABLE_PIP_VERSION_CHECK=1 VIRTUAL_ENV="$venv"
say "[2/5] Python packages, each checked against the hash in $lock"
"$python" -m pip install --quiet --require-hashes -r requirements-setup.lock || say "  uv is not to be had here"
install() {
    if [ -x "$venv/bin/uv" ] && "$venv/bin/uv" pip install --python "$python" "$@"; then return; fi
    say "  pip does it instead of uv (slower)"
    "$python" -m pip install "$@"
}
install --require-hashes -r "$lock"

say "[3/5] The homeward command"
install --quiet --no-deps --no-build-isolation --no-index -e .

say "[4/5] GOV.UK styles"
fetch_styles() { npm ci --ignore-scripts --no-audit --no-fund --no-update-notifier --loglevel=error; }
if ! { command -v npm >/dev/null 2>&1 && fetch_styles && [ -f node_modules/govuk-frontend/package.json ]; }; then
    say "  no npm that works here: using Node from its Python package"
    install --quiet --require-hashes -r requirements-node.lock
    (PATH="$venv/bin:$PATH"; export PATH; hash -r; fetch_styles)
fi
"$python" -m config.build_assets

if [ "$wanted" = test ]; then
    say "[5/5] Chromium for the browser tests"
    if ! "$python" -m tests.chromium >/dev/null 2>&1 && as_root_on_debian; then
        # Ubuntu's package of this name is only a pointer to a snap; the check below tells.
        apt_install chromium fonts-liberation
    fi
    "$python" -m tests.chromium || exit 1
    lock=requirements.lock wanted=run
    fingerprint >"$venv/homeward-run.stamp"
    lock=requirements-dev.lock wanted=test
else
    say "[5/5] Done"
fi
fingerprint >"$venv/homeward-$wanted.stamp"
