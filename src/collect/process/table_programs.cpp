// Python programs around language models: transformers, evaluation harnesses, trainers, research code.

#include "collect/process/signature_table.h"

namespace monitorai::collect {

void add_python_llm_programs(std::vector<Signature>& t) {
  t.push_back({.framework = "transformers",
               .title = "the transformers command",
               .executables = {"transformers", "transformers-cli"},
               .modules = {"transformers.commands.transformers_cli", "transformers.cli*", "transformers.commands*"},
               .commands = {"serve=server", "serving=server", "chat=cli", "run=cli", "*=-tool"},
               .model_flags = {"force-model", "model-name-or-path", "model"},
               .model_is_word = true,
               .ports = {8000}});
  t.push_back({.framework = "transformers",
               .title = "lm-evaluation-harness with a client",
               .kind = "tool",
               .executables = {"lm_eval=-tool", "lm-eval=-tool"},
               .modules = {"lm_eval*=-tool"},
               .when = {"model=local*", "model=openai*", "model=anthropic*", "model=*-completions", "model=*-chat", "model=gguf",
                        "model=watsonx*", "word:ls"}});
  t.push_back({.framework = "vllm",
               .title = "lm-evaluation-harness on vLLM",
               .executables = {"lm_eval=batch", "lighteval=batch"},
               .modules = {"lm_eval*=batch", "lighteval*=batch"},
               .when = {"model=vllm*", "word:vllm"},
               .model_flags = {"model-args[pretrained]", "model-args[model]", "model-args[model-name]", "model-args[model_name]"}});
  t.push_back({.framework = "sglang",
               .title = "lm-evaluation-harness on SGLang",
               .executables = {"lm_eval=batch"},
               .modules = {"lm_eval*=batch"},
               .when = {"model=sglang*"},
               .model_flags = {"model-args[pretrained]", "model-args[model]"}});
  t.push_back({.framework = "transformers",
               .title = "lm-evaluation-harness",
               .executables = {"lm_eval=batch", "lm-eval=batch", "lighteval=batch"},
               .modules = {"lm_eval*=batch", "lighteval*=batch"},
               .model_flags = {"model-args[pretrained]", "model-args[model]", "model-args[model_name]", "model-args[path]",
                               "model-args[model-name]"}});
  t.push_back({.framework = "vllm",
               .title = "a trainer's server on vLLM",
               .executables = {"trl=server"},
               .when = {"word:vllm-serve"},
               .model_flags = {"model", "model-name-or-path"}});
  t.push_back({.framework = "transformers",
               .title = "TRL",
               .executables = {"trl"},
               .modules = {"trl.scripts.*=trainer", "trl.cli*", "trl"},
               .commands = {"env=-tool", "chat=cli", "vllm-serve=server", "*=trainer"},
               .model_flags = {"model-name-or-path", "model"}});
  t.push_back({.framework = "transformers",
               .title = "Axolotl",
               .executables = {"axolotl"},
               .modules = {"axolotl.cli.train=trainer", "axolotl.cli.inference=cli", "axolotl.cli.evaluate=batch",
                           "axolotl.cli.vllm_serve=server", "axolotl.cli.preprocess=-tool", "axolotl.cli.merge*=-tool", "axolotl.cli*"},
               .commands = {"train=trainer", "inference=cli", "evaluate=batch", "lm-eval=batch", "vllm-serve=server", "*=-tool"},
               .model_flags = {"base-model"}});
  t.push_back({.framework = "vllm",
               .title = "LLaMA-Factory on vLLM",
               .executables = {"llamafactory-cli=server"},
               .when = {"infer-backend=vllm"},
               .model_flags = {"model-name-or-path"}});
  t.push_back({.framework = "transformers",
               .title = "LLaMA-Factory",
               .executables = {"llamafactory-cli", "lmf"},
               .scripts = {"llama-factory*/src/train=trainer", "llama-factory*/src/api=server", "llamafactory/launcher=trainer",
                           "llama-factory*/src/webui=server"},
               .modules = {"llamafactory*"},
               .commands = {"train=trainer", "chat=cli", "api=server", "eval=batch", "webchat=server", "webui=-gui", "export=-tool",
                            "version=-tool", "env=-tool", "help=-tool", "*=trainer"},
               .model_flags = {"model-name-or-path"}});
  t.push_back({.framework = "vllm",
               .title = "ms-swift on vLLM",
               .executables = {"swift"},
               .scripts = {"swift/cli/*=server"},
               .commands = {"deploy=server", "infer=batch", "rollout=server", "*=trainer"},
               .when = {"infer-backend=vllm"},
               .alias_flags = {"served-model-name"},
               .model_flags = {"model", "model-id-or-path"}});
  t.push_back({.framework = "transformers",
               .title = "ms-swift",
               .executables = {"swift"},
               .scripts = {"swift/cli/sft=trainer", "swift/cli/pt=trainer", "swift/cli/rlhf=trainer", "swift/cli/infer=batch",
                           "swift/cli/deploy=server", "swift/cli/export=-tool", "swift/cli/web_ui=-gui", "megatron/sft=trainer"},
               .commands = {"sft=trainer", "pt=trainer", "rlhf=trainer", "infer=batch", "deploy=server", "app=server", "eval=batch",
                            "export=-tool", "web-ui=-gui", "*=-tool"},
               .alias_flags = {"served-model-name"},
               .model_flags = {"model", "model-id-or-path", "model-type"}});
  t.push_back({.framework = "transformers",
               .title = "OpenRLHF",
               .modules = {"openrlhf.cli.train*=trainer", "openrlhf.cli.serve*=server", "openrlhf.cli.batch*=batch", "openrlhf.*=trainer"},
               .model_flags = {"pretrain", "actor-pretrain", "reward-pretrain"}});
  t.push_back({.framework = "transformers",
               .title = "verl",
               .modules = {"verl.trainer.*=trainer", "verl.model_merger*=-tool", "recipe.*=trainer"},
               .model_flags = {"actor-rollout-ref.model.path", "model.partial-pretrain", "model.path"}});
  t.push_back({.framework = "transformers",
               .title = "AutoTrain",
               .executables = {"autotrain"},
               .modules = {"autotrain.trainers.clm*=trainer"},
               .commands = {"llm=trainer", "*=-tool"},
               .model_flags = {"model"}});
  t.push_back({.framework = "transformers",
               .title = "XTuner",
               .executables = {"xtuner"},
               .commands = {"train=trainer", "chat=cli", "*=-tool"},
               .model_is_word = false});
  t.push_back({.framework = "transformers",
               .title = "Unsloth",
               .executables = {"unsloth=trainer"},
               .scripts = {"unsloth-cli=trainer"},
               .model_flags = {"model-name"}});
  t.push_back({.framework = "transformers",
               .title = "InstructLab",
               .executables = {"ilab"},
               .commands = {"model serve=server", "serve=server", "model chat=-tool", "model train=trainer", "train=trainer", "*=-tool"},
               .model_flags = {"model-path"},
               .weight = 2});
  t.push_back({.framework = "transformers",
               .title = "Petals",
               .modules = {"petals.cli.run_server=server", "petals.cli.run_dht=-tool"},
               .model_flags = {"converted-model-name-or-path"},
               .model_is_word = true});
  t.push_back({.framework = "transformers",
               .title = "ChatGLM's demo",
               .scripts = {"chatglm*/api=server", "chatglm*/openai_api=server", "chatglm*/web_demo*=server", "chatglm*/cli_demo*=cli"}});
  t.push_back({.framework = "pytorch",
               .title = "nanoGPT",
               .scripts = {"nanogpt*/train=trainer", "nanogpt*/sample=cli", "nanochat*/chat_cli=cli", "nanochat*/chat_web=server",
                           "mingpt*/*=trainer"},
               .modules = {"scripts.base_train=trainer", "scripts.mid_train=trainer", "scripts.chat_sft=trainer", "scripts.chat_web=server",
                           "scripts.chat_cli=cli", "nanochat.*=trainer"}});
  t.push_back({.framework = "pytorch",
               .title = "Meta's Llama examples",
               .scripts = {"example_chat_completion=cli", "example_text_completion=cli", "chat_completion=cli"},
               .when = {"ckpt-dir", "tokenizer-path"},
               .model_flags = {"ckpt-dir"}});
  t.push_back({.framework = "pytorch",
               .title = "Megatron",
               .scripts = {"pretrain_gpt*=trainer", "pretrain_llama*=trainer", "pretrain_t5*=trainer", "pretrain_bert*=trainer",
                           "pretrain_retro=trainer", "run_text_generation_server=server", "megatron_gpt*=trainer", "finetune_gpt*=trainer",
                           "pretrain_mamba=trainer", "pretrain_ict=trainer"},
               .model_flags = {"load", "pretrained-checkpoint", "model.restore-from-path", "gpt-model-file"}});
  t.push_back(
      {.framework = "pytorch",
       .title = "LitGPT",
       .executables = {"litgpt"},
       .scripts = {"lit-gpt*/chat/base=cli", "lit-gpt*/generate/base=cli", "lit-gpt*/finetune/*=trainer"},
       .modules = {"litgpt*"},
       .commands = {"serve=server", "chat=cli", "generate*=cli", "finetune*=trainer", "pretrain=trainer", "evaluate=batch", "*=-tool"},
       .model_flags = {"checkpoint-dir"},
       .model_is_word = true});
  t.push_back({.framework = "pytorch",
               .title = "torchtune",
               .executables = {"tune"},
               .commands = {"run=trainer", "*=-tool"},
               .when = {"word:run"},
               .model_flags = {"checkpointer.checkpoint-dir"},
               .weight = 2});
  t.push_back(
      {.framework = "pytorch", .title = "torchtitan", .scripts = {"torchtitan*/train=trainer"}, .modules = {"torchtitan.*=trainer"}});
  t.push_back({.framework = "pytorch",
               .title = "gpt-fast",
               .scripts = {"gpt-fast*/generate=cli", "gpt-fast*/eval=batch"},
               .model_flags = {"checkpoint-path"}});
  t.push_back({.framework = "pytorch",
               .title = "torchchat",
               .scripts = {"torchchat"},
               .commands = {"chat=cli", "generate=cli", "server=server", "browser=server", "eval=batch", "*=-tool"},
               .model_is_word = true});
  t.push_back({.framework = "pytorch",
               .title = "fairseq",
               .executables = {"fairseq-train=trainer", "fairseq-generate=batch", "fairseq-interactive=cli", "metaseq-*=trainer"},
               .model_flags = {"path"},
               .weight = 2});
  t.push_back(
      {.framework = "pytorch", .title = "RWKV-LM", .scripts = {"rwkv*/train=trainer", "rwkv*/chat=cli"}, .model_flags = {"load-model"}});
}

}  // namespace monitorai::collect
