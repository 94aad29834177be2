"""`python -m banditctl` is `banditctl`."""

from banditctl.cli import main

main()
