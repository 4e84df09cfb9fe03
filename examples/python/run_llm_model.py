#!/usr/bin/env python3
"""Runs a language model and talks to it, for monitorai to watch: ./run_llm_model.py --model-name gpt2"""
import logging

import llm_model


def main():
    options = llm_model.arguments(__doc__).parse_args()
    llm_model.require_libraries()
    stop = llm_model.stop_on_signals()
    llm_model.start_log(options.log_file)
    model = llm_model.load(options)
    llm_model.converse(model, options, stop)
    logging.info("Stopped")


if __name__ == "__main__":
    main()
