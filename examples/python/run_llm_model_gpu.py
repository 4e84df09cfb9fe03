#!/usr/bin/env python3
"""Runs a language model on a GPU and talks to it, and tells monitorai what it uses of the GPU: ./run_llm_model_gpu.py --model-name gpt2"""
import logging
import pathlib
import sys

import llm_model
from llm_model import monitorai


def main():
    parser = llm_model.arguments(__doc__)
    parser.add_argument("--gpu-info-folder", type=pathlib.Path, default=pathlib.Path("logs"), help="where gpu-info-{PID}.json goes")
    parser.add_argument("--gpu-info-interval", type=float, default=3.0, help="seconds between two writes of it")
    options = parser.parse_args()
    torch, _ = llm_model.require_libraries()
    if options.device == "auto" and not torch.cuda.is_available():
        sys.exit("run_llm_model_gpu.py: PyTorch sees no GPU here. --device cpu runs it all the same (it then has no GPU numbers).")
    stop = llm_model.stop_on_signals()
    llm_model.start_log(options.log_file)
    model = llm_model.load(options)
    with monitorai.expose_gpu(model.device.index, folder=options.gpu_info_folder, interval=options.gpu_info_interval) as exposure:
        logging.info("GPU numbers in %s", exposure.path)
        llm_model.converse(model, options, stop)
    logging.info("Stopped")


if __name__ == "__main__":
    main()
