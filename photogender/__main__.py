"""``python -m photogender``."""

from photogender.cli import main

main(prog_name="photogender")
