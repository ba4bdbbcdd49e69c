import os
import sys

from .attach import main

if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:], dict(os.environ)))
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        # The client went away; there is nobody left to tell.
        os._exit(1)
