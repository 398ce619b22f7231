#!/bin/bash
# The same program as other users.
TRUTH_ROLE=by-setpriv setpriv --reuid=65534 --regid=65534 --clear-groups "$WITNESS" "as nobody"
TRUTH_ROLE=by-su TRUTH_PARENT=shell-of-su su -m -s /bin/sh games -c '"$WITNESS" "as games"; :'
