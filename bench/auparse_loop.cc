// Reads an audit log with libauparse and looks at every field's raw text: what a program pays that
// leaves the parsing to the audit project's own library. Prints the number of events.
#include <auparse.h>

#include <cstdint>
#include <cstdio>

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: auparse_loop FILE\n");
    return 2;
  }
  auparse_state_t* parser = auparse_init(AUSOURCE_FILE, argv[1]);
  if (parser == nullptr) {
    std::perror(argv[1]);
    return 1;
  }
  uint64_t events = 0;
  uint64_t checksum = 0;
  while (auparse_next_event(parser) > 0) {
    ++events;
    do {
      do {
        const char* text = auparse_get_field_str(parser);
        if (text != nullptr) checksum += static_cast<unsigned char>(*text);
      } while (auparse_next_field(parser) > 0);
    } while (auparse_next_record(parser) > 0);
  }
  auparse_destroy(parser);
  std::printf("%ju events, checksum %ju\n", static_cast<uintmax_t>(events),
              static_cast<uintmax_t>(checksum));
}
