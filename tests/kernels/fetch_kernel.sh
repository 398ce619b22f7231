#!/usr/bin/env bash
# usage: fetch_kernel.sh SERIES
# Unpacks the newest Debian cloud kernel of SERIES (5.10, or "newest" for the newest of all) and prints,
# one a line, its package version, its image and its folder of modules.
#
# Nothing is installed and the machine's own package lists stay untouched: apt runs on a
# configuration of its own. The archive is the one that the machine's sources name.
#
# Kernels are kept outside the checkout, so that a fresh clone does not fetch them again, in
# $PIDIGREE_KERNELS or the user's folder of caches: each in a folder named after the SHA-256 of its
# packages, which apt checks against the archive's signed index. What is used is checked each time
# against the sums that were taken as it was unpacked; lists are fetched again after half a day.
set -euo pipefail

series=$1
directory=${PIDIGREE_KERNELS:-${XDG_CACHE_HOME:-~/.cache}/pidigree/kernels}
mkdir -p "$directory"
directory=$(readlink -f "$directory")
keyring=/usr/share/keyrings/debian-archive-keyring.gpg
suites='bookworm trixie-backports sid'
security_suites='bullseye-security bookworm-security'

fail() {
  printf 'no %s kernel: %s\n' "$series" "$*" >&2
  exit 1
}

# archive PATTERN: the address from which this machine takes a suite of that name.
archive() {
  apt-get indextargets --format '$(RELEASE) $(REPO_URI)' 'Created-By: Packages' 'Component: main' |
    awk -v suite="^($1)\$" '$1 ~ suite { print $2; exit }'
}

write_configuration() {
  local codename main security suite
  codename=$(. /etc/os-release && printf %s "${VERSION_CODENAME-}")
  main=$(archive "$codename|stable")
  security=$(archive "$codename-security|stable-security")
  [[ $main && $security ]] ||
    fail "the machine's apt sources name no Debian archive or no security archive of \"$codename\""
  mkdir -p "$apt"/{lists,cache/archives}/partial
  {
    for suite in $suites; do echo "deb [signed-by=$keyring] $main $suite main"; done
    for suite in $security_suites; do echo "deb [signed-by=$keyring] $security $suite main"; done
  } >"$apt/sources.list"
  cat >"$apt/apt.conf" <<EOF
Dir::Etc::SourceList "$apt/sources.list";
Dir::Etc::SourceParts "/dev/null";
Dir::State::Lists "$apt/lists";
Dir::Cache "$apt/cache";
Dir::Cache::pkgcache "pkgcache.bin";
Dir::Cache::srcpkgcache "srcpkgcache.bin";
APT::Sandbox::User "";
APT::Architecture "amd64";
Acquire::Languages "none";
Acquire::Retries "3";
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
EOF
}

# A suite that cannot be had must not take the kernels of the others with it: what is missing shows
# as a kernel that is not found.
refresh_lists() {
  [[ -z $(find "$apt/fresh" -mmin -720 2>/dev/null) ]] || return 0
  write_configuration
  if apt-get -c "$apt/apt.conf" -qq update >"$apt/update.log" 2>&1; then
    touch "$apt/fresh"
  else
    sed 's/^/apt-get update: /' "$apt/update.log" >&2
  fi
}

# Names that only stand in another package's fields have no version: apt-cache show fails for them.
newest_image() {
  local numbers=${series//./\\.} name
  [[ $series != newest ]] || numbers='[0-9]+\.[0-9]+'
  apt-cache -c "$apt/apt.conf" pkgnames linux-image- |
    grep -E "^linux-image-$numbers\.[0-9][^-]*(-[^-]+)?-cloud-amd64\$" | sort -Vr |
    while read -r name; do
      apt-cache -c "$apt/apt.conf" show "$name" >/dev/null 2>&1 || continue
      echo "$name"
      break
    done
}

apt=$directory/apt
mkdir -p "$apt"
exec 9>"$apt/lock"
flock 9
refresh_lists
image=$(newest_image) || true
[[ $image ]] || fail "the package index has none in $suites $security_suites"
release=${image#linux-image-}
about=$(apt-cache -c "$apt/apt.conf" show --no-all-versions "$image")
version=$(sed -n 's/^Version: //p' <<<"$about")

# From 7.0 on the image package only depends on those with the content.
packages=("$image")
for part in binary modules; do
  ! grep -q "^Depends:.* linux-$part-$release " <<<"$about" || packages+=("linux-$part-$release")
done
sums=$(apt-cache -c "$apt/apt.conf" show --no-all-versions "${packages[@]}" | sed -n 's/^SHA256: //p')
[[ $(wc -l <<<"$sums") == "${#packages[@]}" ]] || fail "the index has no SHA-256 of ${packages[*]}"
if ((${#packages[@]} > 1)); then sums=$(sha256sum <<<"$sums"); fi
unpacked=$directory/${sums%% *}

is_whole() { [[ -e $unpacked/.sums ]] && (cd "$unpacked" && sha256sum --check --quiet --strict .sums >&2); }
if ! is_whole; then
  rm -rf "$unpacked"
  mkdir -p "$unpacked"
  (cd "$unpacked" && apt-get -c "$apt/apt.conf" -qq download "${packages[@]}" >&2) ||
    fail "${packages[*]} could not be downloaded"
  for package in "$unpacked"/*.deb; do
    dpkg -x "$package" "$unpacked"
    rm "$package"
  done
  # The sums come last: without them nothing is used.
  (cd "$unpacked" && find . -type f -not -name .new-sums -exec sha256sum {} + >.new-sums &&
    mv .new-sums .sums)
fi
touch "$unpacked"  # used: others are thrown away in time
find "$directory" -mindepth 1 -maxdepth 1 -type d -regextype posix-extended -regex '.*/[0-9a-f]{64}' \
  -mtime +90 -exec rm -rf {} +

echo "$version"
for path in "boot/vmlinuz-$release" "usr/lib/modules/$release/vmlinuz"; do
  [[ ! -e $unpacked/$path ]] || vmlinuz=$unpacked/$path
done
echo "${vmlinuz:?no image in $unpacked}"
for path in "lib/modules/$release" "usr/lib/modules/$release"; do
  [[ ! -d $unpacked/$path/kernel ]] || modules=$unpacked/$path
done
echo "${modules:?no modules in $unpacked}"
