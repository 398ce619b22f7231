#pragma once

#include <string_view>

namespace pidigree {

// Tells the service manager that started us, if it asked for it by $NOTIFY_SOCKET, how we are
// doing: "READY=1", "STOPPING=1". Source: sd_notify(3).
void NotifyServiceManager(std::string_view state);

}  // namespace pidigree
