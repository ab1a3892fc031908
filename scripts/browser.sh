#!/bin/sh
# Prints the path of a Chromium for the tests and gets one where there is none:
#   GRADATIM_BROWSER, an installed one, an earlier download in .cache/, apt-get as root or by sudo, Debian's packages
#   unpacked into .cache/ without root, Playwright's own download. What it does meanwhile goes to standard error.
# GRADATIM_BROWSER=none prints "none": the tests that need a browser are skipped and say so.
set -u
cd "$(dirname "$0")/.." || exit 1
cache="$PWD/.cache/browser"
log="$cache/log"

found() { echo "$1"; exit 0; }
works() { [ -n "$1" ] && [ -x "$1" ] && "$1" --version --no-sandbox >/dev/null 2>&1; }
installed() {
    for name in chromium chromium-browser google-chrome google-chrome-stable; do
        path=$(command -v "$name" 2>/dev/null) && works "$path" && found "$path"
    done
}

if [ -n "${GRADATIM_BROWSER:-}" ]; then
    [ "$GRADATIM_BROWSER" = none ] && found none
    works "$GRADATIM_BROWSER" && found "$GRADATIM_BROWSER"
    echo "GRADATIM_BROWSER=$GRADATIM_BROWSER is not a Chromium that runs here." >&2
    exit 1
fi
installed
mkdir -p "$cache"
works "$cache/chromium" && found "$cache/chromium"
: > "$log"

if command -v apt-get >/dev/null 2>&1; then
    as_root=
    [ "$(id -u)" = 0 ] && as_root=env
    [ -z "$as_root" ] && sudo -n true 2>/dev/null && as_root="sudo -n env"
    if [ -n "$as_root" ]; then
        echo "Installing chromium for the browser tests ..." >&2
        {
            $as_root DEBIAN_FRONTEND=noninteractive apt-get update -qq
            $as_root DEBIAN_FRONTEND=noninteractive apt-get install -qq -y chromium
        } >> "$log" 2>&1 </dev/null
        installed
    fi

    # Without root: apt works on folders of our own, dpkg only unpacks.
    echo "Unpacking Debian's chromium into .cache/ for the browser tests ..." >&2
    mkdir -p "$cache/state/lists/partial" "$cache/archives/partial" "$cache/root"
    [ -n "${GRADATIM_DPKG_STATUS:-}" ] || GRADATIM_DPKG_STATUS=/var/lib/dpkg/status
    own_apt() {
        apt-get -q -y -o Debug::NoLocking=1 -o Dir::State="$cache/state" -o Dir::State::lists="$cache/state/lists" \
            -o Dir::State::status="$GRADATIM_DPKG_STATUS" -o Dir::Cache="$cache" -o Dir::Cache::archives="$cache/archives" \
            -o APT::Sandbox::User="$(id -un)" "$@"
    }
    {
        own_apt update &&
            own_apt install --download-only --no-install-recommends chromium fonts-dejavu-core fontconfig-config &&
            for package in "$cache"/archives/*.deb; do dpkg -x "$package" "$cache/root" || exit 1; done
        rm -rf "$cache/archives" "$cache/state" "$cache"/*.bin
    } >> "$log" 2>&1 </dev/null
    program="$cache/root/usr/lib/chromium/chromium"
    if [ -x "$program" ]; then
        libraries=$(find "$cache/root" -name '*.so*' -exec dirname {} \; | sort -u | grep -v /usr/lib/chromium | tr '\n' ':')
        cat > "$cache/fonts.conf" <<END
<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>$cache/root/usr/share/fonts</dir><dir>/usr/share/fonts</dir><cachedir>$cache/fonts</cachedir></fontconfig>
END
        cat > "$cache/chromium" <<END
#!/bin/sh
export LD_LIBRARY_PATH="$libraries\${LD_LIBRARY_PATH:-}" FONTCONFIG_FILE="$cache/fonts.conf"
exec "$program" "\$@"
END
        chmod +x "$cache/chromium"
        works "$cache/chromium" && found "$cache/chromium"
    fi
fi

echo "Asking Playwright for its Chromium ..." >&2
if PLAYWRIGHT_BROWSERS_PATH="$cache/playwright" .venv/bin/python -m playwright install chromium >> "$log" 2>&1 </dev/null; then
    path=$(find "$cache/playwright" -type f \( -name chrome -o -name headless_shell -o -name Chromium \) -perm -u+x | head -n 1)
    works "$path" && found "$path"
fi
echo "No Chromium could be got (see .cache/browser/log): install one, or name it with GRADATIM_BROWSER=/path/to/chromium." >&2
exit 1
