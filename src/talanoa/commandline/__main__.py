"""`python -m talanoa.commandline`."""

import sys

from talanoa.commandline import main

sys.exit(main())
