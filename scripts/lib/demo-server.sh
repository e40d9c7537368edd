# shellcheck shell=bash
# A throw-away demo server for checks from outside. To be sourced, not run; the caller sets -euo pipefail.
#
#   prepare NAME                      an empty target/NAME/ for logs and results
#   start_demo_server                 builds and starts it; its log is target/NAME/server.log
#   python_tools PACKAGE==VERSION…    a Python environment with these packages, outside the repository
#
# They set $out_dir (target/NAME), $demo_url, $demo_dir (its working folder, removed at the end), $tools.
# HTCD_BIN names a ready-made program to use instead of building one.

export no_proxy=127.0.0.1 NO_PROXY=127.0.0.1
lib=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$lib/../.." && pwd)
demo_pid=
demo_dir=

die() {
    echo "$*" >&2
    exit 1
}

# apt_install WHAT PACKAGE… : as root on Debian or Ubuntu; otherwise says what is missing.
apt_install() {
    local what=$1
    shift
    if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
        die "$what is missing. Debian, Ubuntu: apt-get install $*"
    fi
    echo "Installing $what with apt-get …"
    {
        apt-get update
        DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@"
    } >"$out_dir/apt.log" 2>&1 || die "apt-get could not install $what; see $out_dir/apt.log"
}

# Sets $tools to the folder of the environment's programs.
python_tools() {
    local environment=${XDG_CACHE_HOME:-$HOME/.cache}/htcd/$name-venv
    tools=$environment/bin
    if [ "$(cat "$environment/installed" 2>/dev/null)" = "$*" ] && "$tools/python" -c '' 2>/dev/null; then
        return
    fi
    echo "Installing $* into $environment …"
    python3 -c 'import ensurepip, venv' 2>/dev/null || apt_install "Python's venv module" python3-venv
    rm -rf "$environment"
    {
        python3 -m venv "$environment"
        "$tools/python" -m pip install --disable-pip-version-check "$@"
    } >"$out_dir/pip.log" 2>&1 || die "Could not install $*; see $out_dir/pip.log"
    echo "$*" >"$environment/installed"
}

stop_demo_server() {
    if [ -n "$demo_pid" ]; then
        kill "$demo_pid" 2>/dev/null || true
        wait "$demo_pid" 2>/dev/null || true
    fi
    if [ -n "$demo_dir" ]; then
        rm -rf "$demo_dir"
    fi
}

# prepare NAME: $name, $target_dir, an empty $out_dir.
prepare() {
    name=$1
    command -v python3 >/dev/null || die "python3 is missing; this check needs it."
    target_dir=$(cd "$root" && cargo metadata --format-version 1 --no-deps |
        python3 -c 'import json, sys; print(json.load(sys.stdin)["target_directory"])')
    out_dir=$target_dir/$name
    rm -rf "$out_dir"
    mkdir -p "$out_dir"
}

start_demo_server() {
    local program port variable
    if [ -n "${HTCD_BIN:-}" ]; then
        program=$(realpath "$HTCD_BIN")
    else
        (cd "$root" && cargo build -p htcd-api)
        program=$target_dir/debug/htcd
    fi
    [ -x "$program" ] || die "$program is not there; HTCD_BIN may name the program."

    demo_dir=$(mktemp -d "${TMPDIR:-/tmp}/htcd-$name.XXXXXX")
    trap stop_demo_server EXIT
    trap 'exit 129' HUP
    trap 'exit 130' INT
    trap 'exit 143' TERM
    port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    demo_url=http://127.0.0.1:$port
    (
        cd "$demo_dir" || exit
        for variable in "${!HTCD_@}"; do unset "$variable"; done
        export HTCD_DATABASE_URL=sqlite://$demo_dir/$name.db HTCD_LISTEN=127.0.0.1:$port HTCD_RATE_LIMIT=0
        exec "$program" serve --demo
    ) >"$out_dir/server.log" 2>&1 &
    demo_pid=$!
    echo "Starting a demo server on $demo_url (log: $out_dir/server.log) …"
    if ! python3 "$lib/demo_client.py" wait "$demo_url" "$demo_pid"; then
        tail -n 20 "$out_dir/server.log" >&2
        die "The demo server did not become ready; the end of its log is above."
    fi
}

# demo ROLE username|password|token: of the demo's user with this role.
demo() {
    python3 "$lib/demo_client.py" "$2" "$demo_url" "$demo_dir/demo-credentials.json" "$1"
}
