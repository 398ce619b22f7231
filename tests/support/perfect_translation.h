#pragma once

#include <vector>

#include "src/serialize/event_reader.h"
#include "tests/support/audit_log_writer.h"
#include "tests/support/process_history.h"

namespace pidigree {

// The events that a translator who knew the truth would make of `log`: what the oracle must accept.
std::vector<LoggedEvent> TranslatePerfectly(const History& history, const AuditLog& log,
                                            const LogStyle& style);

}  // namespace pidigree
