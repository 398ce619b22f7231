#pragma once

#include <map>
#include <string>
#include <vector>

#include "src/base/result.h"

namespace pidigree {

// Exit statuses of every command.
inline constexpr int kExitDone = 0;
inline constexpr int kExitFailed = 1;      // what, on what and why stand on standard error
inline constexpr int kExitWrongUsage = 2;  // likewise

// An option, whose name begins with "--", or an operand, whose name is only shown.
struct Option {
  std::string name;
  std::string type = {};  // what help calls a value; empty: TEXT and the choices, if any
  std::string help;
  std::string default_value = {};  // shown in help; empty: there is none
  std::vector<std::string> choices = {};
  // What is wrong with a given value, without the option's name; null: any but an empty one will
  // do. Defaults are not checked.
  Result<> (*check)(const std::string& value) = nullptr;
  bool required = false;
  bool repeatable = false;   // an option may be given again; an operand takes all that is left
  bool last_counts = false;  // an option may be given again, in place of what was given before
  bool flag = false;         // an option that has no value
};

// What a command has been given for each of its options and operands, or else the default. The
// names asked for are those that the command declares.
struct Arguments {
  bool Has(const std::string& name) const { return !values.at(name).empty(); }
  // Empty if there is no value.
  std::string Get(const std::string& name) const { return Has(name) ? All(name).front() : ""; }
  const std::vector<std::string>& All(const std::string& name) const { return values.at(name); }

  std::map<std::string, std::vector<std::string>> values;  // of a flag: anything
};

// A command as help shows it.
struct Command {
  std::string name;
  std::string description;
  std::string footer = {};
  std::vector<Option> options = {};       // and operands, in the order of help and of the line
  std::vector<Command> subcommands = {};  // if there are any, one must be named, and it is run
  // Returns the exit status, having told on standard error why if that is kExitFailed.
  //
  // Errors: kUsage if the values make no sense, which names the option; any other is told and means
  // kExitFailed. Messages may hold any bytes: they are shown through Printable().
  Result<int> (*run)(const Arguments& arguments) = nullptr;
};

}  // namespace pidigree
