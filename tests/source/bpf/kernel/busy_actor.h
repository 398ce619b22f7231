#pragma once

// A process that does some of everything when it is told to, so that two observers can be compared.
//
// Writes a "." to standard output when it runs, reads single letters from standard input and
// answers each with another "." there:
//
//   o  does one of everything to files, pipes, sockets, memory and mappings of its own
//   f  the same in a child
//   t  the same in another thread
//   e  replaces itself by the program `other`, which goes on: its first "." is the answer
//   u  takes a mount namespace of its own
//   q  ends
//
// All files are in `directory`; those with odd numbers are called "drop-...", others "keep-...".
int RunBusy(const char* directory, const char* self, const char* other, int first_number);
