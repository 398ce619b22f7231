#pragma once

#include <cstdint>
#include <string_view>

// What the hosts of generated logs run: builds, scripts, monitoring, packaging, a web server's
// tools.
namespace pidigree::bench {

struct Program {
  std::string_view path;  // as exe= shows it
  std::string_view
      arguments;   // split at blanks; '#' becomes a number, '~' a blank inside an argument
  uint8_t weight;  // how often, relative to the others
};

inline constexpr Program kPrograms[] = {
    {"/usr/bin/sed", "sed -n -e s/^#.*=// -e 1,#p /etc/app/conf.d/#.conf", 12},
    {"/usr/bin/grep", "grep -q -E ^(root|daemon|app#): /etc/passwd", 12},
    {"/usr/bin/cat", "cat /proc/#/status", 10},
    {"/usr/bin/rm", "rm -f conftest.err conftest.o conftest#.c", 10},
    {"/usr/bin/basename", "basename /usr/share/doc/package-#/copyright", 6},
    {"/usr/bin/dirname", "dirname -- /srv/build/project/src/module#/file.c", 6},
    {"/usr/bin/expr", "expr # + 1", 4},
    {"/usr/bin/date", "date +%Y-%m-%d~%H:%M:%S", 5},
    {"/usr/bin/test", "test -f /var/lib/app/state/#.lock", 5},
    {"/usr/bin/mv", "mv -f .deps/module_#.Tpo .deps/module_#.Po", 6},
    {"/usr/bin/uname", "uname -s -r", 3},
    {"/usr/bin/sleep", "sleep 0.#", 3},
    {"/usr/bin/mawk", "awk -F: {~print~$1,~$NF~} /etc/group", 5},
    {"/usr/bin/x86_64-linux-gnu-gcc-12",
     "gcc -DHAVE_CONFIG_H -I. -I../include -I/usr/include/libxml2 -Wdate-time -D_FORTIFY_SOURCE=2 "
     "-g "
     "-O2 -ffile-prefix-map=/srv/build/project=. -fstack-protector-strong -Wformat "
     "-Werror=format-security -MT module_#.lo -MD -MP -MF .deps/module_#.Tpo -c module_#.c -fPIC "
     "-DPIC -o .libs/module_#.o",
     8},
    {"/usr/lib/gcc/x86_64-linux-gnu/12/cc1",
     "/usr/lib/gcc/x86_64-linux-gnu/12/cc1 -quiet -I . -I ../include -imultiarch x86_64-linux-gnu "
     "-MD "
     ".libs/module_#.d -MP -MF .deps/module_#.Tpo -MT module_#.lo -D HAVE_CONFIG_H -D "
     "_FORTIFY_SOURCE=2 -D PIC module_#.c -quiet -dumpdir .libs/ -dumpbase module_#.c "
     "-dumpbase-ext .c "
     "-mtune=generic -march=x86-64 -g -O2 -Wdate-time -fPIC -fstack-protector-strong "
     "-fasynchronous-unwind-tables -o /tmp/cc#.s",
     8},
    {"/usr/bin/x86_64-linux-gnu-as",
     "as -I . -I ../include --gdwarf-5 --64 -o .libs/module_#.o /tmp/cc#.s", 8},
    {"/usr/bin/x86_64-linux-gnu-ld.bfd",
     "/usr/bin/ld -plugin /usr/lib/gcc/x86_64-linux-gnu/12/liblto_plugin.so --build-id "
     "--eh-frame-hdr "
     "-m elf_x86_64 --hash-style=gnu --as-needed -dynamic-linker /lib64/ld-linux-x86-64.so.2 -pie "
     "-o "
     "conftest# /usr/lib/x86_64-linux-gnu/Scrt1.o -L/usr/lib/x86_64-linux-gnu conftest#.o "
     "-lpthread "
     "-lm -lc -z relro",
     3},
    {"/usr/bin/git",
     "git -c core.hooksPath=/dev/null rev-parse --verify --quiet refs/heads/topic-#", 4},
    {"/usr/bin/git", "git log --format=%H~%an~%s -n # -- src/module_#", 2},
    {"/usr/bin/python3.11",
     "python3 -c import~json,sys;print(json.load(sys.stdin)[\"items\"][#][\"name\"])", 2},
    {"/usr/bin/curl",
     "curl -fsS --max-time 10 -H Accept:~application/json "
     "http://127.0.0.1:9#/api/v1/health?probe=#",
     3},
    {"/usr/bin/dpkg-query", "dpkg-query -W -f=${Status}\\n library#", 3},
    {"/usr/bin/find", "find /var/spool/app# -type f -mmin +60 -name *.tmp -delete", 3},
    {"/usr/bin/ps", "ps -o pid=,ppid=,rss=,args= -p #", 3},
    {"/usr/bin/openssl", "openssl x509 -noout -enddate -in /etc/ssl/site#/fullchain.pem", 2},
    {"/usr/bin/logger", "logger -t backup -p daemon.info run~#:~copied~#~files", 2},
    {"/usr/bin/rsync",
     "rsync -aH --delete --numeric-ids --exclude=/proc --exclude=/sys --link-dest=../snapshot-# "
     "root@10.0.#.7:/srv/data/ /backup/host#/current/",
     1},
    {"/usr/bin/stat", "stat -c %Y~%s~%n /srv/www/grünes-haus/bild~#.jpg", 2},
    {"/usr/sbin/iptables", "iptables -w -t filter -C INPUT -p tcp --dport # -j ACCEPT", 2},
    {"/usr/bin/perl", "perl -ne print~$1~if~/^(\\S+)\\s+#/ /var/log/app/access.log", 2},
};

}  // namespace pidigree::bench
