// The table of runtimes. To add one: docs/adding-a-runtime.md. Engines first, then applications, training, other AI, and the
// tools that look like all of these.

#include "collect/process/signatures.h"

namespace monitorai::collect {
namespace {

using Table = std::vector<Signature>;

void add_gpu_engines(Table& t) {
  t.push_back({.framework = "vllm",
               .title = "vLLM",
               .titles = {"VLLM::EngineCore*=worker", "VLLM::Worker*=worker", "VLLM::APIServer*=worker", "VLLM::DPCoordinator*=helper", "VLLM::*=worker"},
               .executables = {"vllm"},
               .scripts = {"vllm", "vllm-omni", "vllm/entrypoints/openai/api_server=server", "vllm/entrypoints/api_server=server",
                           "vllm*/benchmark_throughput=batch", "benchmarks/benchmark_throughput=batch", "benchmarks/benchmark_latency=batch",
                           "offline_inference*=batch"},
               .modules = {"vllm", "vllm.entrypoints.cli.main", "vllm.entrypoints.cli*", "vllm.scripts", "vllm_omni*", "vllm.entrypoints.openai.api_server=server",
                           "vllm.entrypoints.api_server=server", "vllm.entrypoints.openai.run_batch=batch", "vllm.entrypoints.*=server",
                           "vllm.benchmarks.throughput=batch", "vllm.benchmarks.latency=batch", "vllm.v1.*=worker", "vllm.executor.*=worker",
                           "vllm_nvext.entrypoints.*=server", "nim_llm*=server", "dynamo.vllm*=server", "vllm.collect_env=-tool",
                           "vllm.benchmarks.*=-tool"},
               .commands = {"serve=server", "run-batch=batch", "bench throughput=batch", "bench latency=batch", "bench startup=batch", "bench mm-processor=batch",
                            "bench*=-tool", "chat=-tool", "complete=-tool", "*=-tool"},
               .alias_flags = {"served-model-name"},
               .model_flags = {"model", "model-tag", "model-name"},
               .model_environment = {"NIM_SERVED_MODEL_NAME", "NIM_MODEL_NAME", "SM_VLLM_SERVED_MODEL_NAME", "SM_VLLM_MODEL", "VLLM_MODEL", "VLLM_MODEL_NAME",
                                     "VLLM_SERVED_MODEL_NAME"},
               .model_is_word = true,
               .libraries = {"_moe_C.abi3.so", "_vllm_fa*", "_flashmla_c*", "cumem_allocator*"},
               .ports = {8000},
               .metrics_path = "/metrics"});
  t.push_back({.framework = "sglang",
               .title = "SGLang",
               .titles = {"sglang::scheduler*=worker", "sglang::gpu_worker*=worker", "sglang::detokenizer*=helper", "sglang::data_parallel*=helper",
                          "sglang::tokenizer*=helper", "sglang::*=worker"},
               .executables = {"sglang"},
               .scripts = {"sglang", "sglang/launch_server=server"},
               .modules = {"sglang", "sglang.cli*", "sglang.launch_server=server", "sglang.srt.*=worker", "sglang.bench_one_batch=batch",
                           "sglang.bench_offline_throughput=batch", "sglang.bench_latency=batch", "dynamo.sglang*=server", "sglang.bench_serving=-tool",
                           "sglang.bench*=-tool", "sglang.test*=-tool", "sglang.check_env=-tool", "sglang.compile*=-tool", "sglang.eval*=-tool",
                           "sglang.profiler=-tool"},
               .commands = {"serve=server", "*=-tool"},
               .alias_flags = {"served-model-name"},
               .model_flags = {"model-path", "model"},
               .model_environment = {"SGLANG_MODEL", "SGLANG_MODEL_PATH", "SM_SGLANG_SERVED_MODEL_NAME", "SM_SGLANG_MODEL_PATH"},
               .model_is_word = true,
               .libraries = {"sgl_kernel*", "libsgl*"},
               .ports = {30000},
               .metrics_path = "/metrics"});
  t.push_back({.framework = "sglang",
               .title = "SGLang's router",
               .kind = "tool",
               .executables = {"sgl-model-gateway=-router", "smg=-router", "sglang-router*=-router"},
               .scripts = {"sglang-router*=-router", "smg=-router"},
               .modules = {"sglang_router*=-router", "sgl_model_gateway*=-router", "smg*=-router"}});
  t.push_back({.framework = "tgi",
               .title = "Text Generation Inference",
               .executables = {"text-generation-launcher*=launcher", "text-generation-router*=router", "text-generation-benchmark=-tool"},
               .scripts = {"text-generation-server"},
               .modules = {"text_generation_server*"},
               .commands = {"serve=worker", "*=-tool"},
               .model_flags = {"model-id", "tokenizer-name"},
               .model_environment = {"HF_MODEL_ID", "MODEL_ID"},
               .model_is_word = true,
               .ports = {3000, 80, 8080},
               .metrics_path = "/metrics"});
  t.push_back({.framework = "tei",
               .title = "Text Embeddings Inference",
               .kind = "embedding",
               .executables = {"text-embeddings-router*=server", "text-embeddings-inference*=server"},
               .scripts = {"python-text-embeddings-server=worker", "text-embeddings-server=worker"},
               .modules = {"text_embeddings_server*=worker"},
               .alias_flags = {"served-model-name"},
               .model_flags = {"model-id"},
               .model_environment = {"SERVED_MODEL_NAME", "HF_MODEL_ID", "MODEL_ID"},
               .model_is_word = true,
               .ports = {3000, 80},
               .metrics_path = "/metrics"});
  t.push_back({.framework = "lmdeploy",
               .title = "LMDeploy",
               .executables = {"lmdeploy"},
               .scripts = {"lmdeploy"},
               .modules = {"lmdeploy", "lmdeploy.cli*", "lmdeploy.serve.openai.api_server=server", "lmdeploy.serve.proxy*=-router", "lmdeploy.serve.*=server",
                           "lmdeploy.lite*=-tool", "lmdeploy.pytorch.*=worker"},
               .commands = {"serve api-server=server", "serve gradio=server", "serve api-client=-tool", "serve proxy=-router", "chat=cli", "lite*=-tool",
                            "convert=-tool", "*=-tool"},
               .alias_flags = {"model-name"},
               .model_flags = {"model-path", "model"},
               .model_environment = {"LMDEPLOY_MODEL"},
               .model_is_word = true,
               .libraries = {"_turbomind*"},
               .ports = {23333},
               .metrics_path = "/metrics"});
  t.push_back({.framework = "tensorrt",
               .title = "TensorRT-LLM",
               .executables = {"trtllm-serve=server", "trtllm-llmapi-launch=launcher", "trtllm-bench=batch", "trtllm-eval=batch", "trtllm-build=-tool",
                               "trtllm-refit=-tool", "trtllm-prune=-tool", "gptSessionBenchmark=batch", "gptManagerBenchmark=batch", "executorWorker=worker",
                               "disaggServerBenchmark=batch"},
               .scripts = {"trtllm-serve", "trtllm-bench=batch", "trtllm-eval=batch", "trtllm-llmapi-launch=launcher", "trtllm-build=-tool", "trtllm-refit=-tool",
                           "tensorrt_llm/examples*/run=cli", "tensorrt_llm/examples/run=cli", "quickstart_advanced=cli", "llm_inference*=batch"},
               .modules = {"tensorrt_llm.commands.serve", "tensorrt_llm.commands.build=-tool", "tensorrt_llm.commands.*=-tool", "tensorrt_llm.serve*=server",
                           "tensorrt_llm.executor*=worker", "tensorrt_llm.llmapi.mgmn_leader*=launcher", "tensorrt_llm.llmapi*=worker", "dynamo.trtllm*=server"},
               .commands = {"serve=server", "disaggregated_mpi_worker=worker", "disaggregated=-router", "mm_embedding_serve=server", "*=server"},
               .alias_flags = {"served-model-name"},
               .model_flags = {"model-path", "model", "engine-dir", "tokenizer-dir", "tokenizer"},
               .model_environment = {"TRTLLM_MODEL", "TRT_LLM_MODEL"},
               .model_is_word = true,
               .libraries = {"libtensorrt_llm*", "libnvinfer_plugin_tensorrt_llm*", "tensorrt_llm.dll", "libth_common*"},
               .ports = {8000},
               .metrics_path = "/prometheus/metrics"});
  t.push_back({.framework = "tensorrt",
               .title = "a TensorRT-LLM example",
               .scripts = {"run=cli", "generate=cli", "summarize=batch"},
               .when = {"engine-dir"},
               .model_flags = {"engine-dir", "tokenizer-dir"},
               .weight = 2.5});
  t.push_back({.framework = "triton",
               .title = "Triton Inference Server",
               .executables = {"tritonserver=server"},
               .scripts = {"tritonserver=server"},
               .model_flags = {"load-model"},
               .libraries = {"libtriton_tensorrtllm*", "libtriton_vllm*"},
               .ports = {8000, 8001, 8002},
               .metrics_path = "/metrics",
               .weight = 1});
  t.push_back({.framework = "triton",
               .title = "Triton's OpenAI frontend",
               .scripts = {"openai_frontend*/main=server", "openai*/main=server"},
               .modules = {"openai_frontend*=server"},
               .when = {"model-repository"},
               .model_flags = {"load-model"},
               .ports = {9000},
               .weight = 2.5});
  t.push_back({.framework = "triton",
               .title = "a Python backend of Triton",
               .executables = {"triton_python_backend_stub*=worker"},
               .weight = 1});
  t.push_back({.framework = "aphrodite",
               .title = "Aphrodite",
               .titles = {"APHRODITE::*=worker"},
               .executables = {"aphrodite"},
               .scripts = {"aphrodite"},
               .modules = {"aphrodite.endpoints.openai.api_server=server", "aphrodite.endpoints.openai.run_batch=batch", "aphrodite.endpoints.*=server",
                           "aphrodite.v1.*=worker", "aphrodite"},
               .commands = {"run=server", "serve=server", "bench throughput=batch", "bench latency=batch", "*=-tool"},
               .alias_flags = {"served-model-name"},
               .model_flags = {"model", "model-tag"},
               .model_is_word = true,
               .ports = {2242},
               .metrics_path = "/metrics"});
  t.push_back({.framework = "ray",
               .title = "Ray Serve LLM",
               .titles = {"ray::RayWorkerWrapper*=worker", "ray::ServeReplica*=worker", "ray::IDLE*=-monitor", "ray::ProxyActor*=-monitor", "ray::*=-monitor"},
               .ports = {8000},
               .metrics_path = "/metrics",
               .weight = 1});
  t.push_back({.framework = "ray",
               .title = "a Ray Serve driver of LLMs",
               .scripts = {"serve=launcher"},
               .modules = {"ray.serve.scripts=launcher"},
               .when = {"word:*llm*", "word:*vllm*", "word:*build_openai_app*", "word:*gpt*", "word:*llama*", "word:*qwen*"},
               .weight = 2.5});
  t.push_back({.framework = "fastchat",
               .title = "FastChat",
               .modules = {"fastchat.serve.model_worker=worker", "fastchat.serve.vllm_worker=worker", "fastchat.serve.multi_model_worker=worker",
                           "fastchat.serve.sglang_worker=worker", "fastchat.serve.lightllm_worker=worker", "fastchat.serve.mlx_worker=worker",
                           "fastchat.serve.dashinfer_worker=worker", "fastchat.serve.cli=cli", "fastchat.serve.huggingface_api=cli",
                           "fastchat.train.*=trainer", "fastchat.serve.*=-router", "fastchat.model.*=-tool", "fastchat.*=-tool"},
               .alias_flags = {"model-names"},
               .model_flags = {"model-path", "model", "model-name-or-path"},
               .ports = {21002}});
  t.push_back({.framework = "xinference",
               .title = "Xinference",
               .scripts = {"xinference-local=server", "xinference-worker=worker", "xinference-supervisor=-router", "xinference=-tool"},
               .modules = {"xinference.deploy.local=server", "xinference.deploy.worker=worker", "xinference.deploy.supervisor=-router", "xinference*"},
               .model_flags = {"model-name"},
               .ports = {9997},
               .metrics_path = "/metrics",
               .weight = 2});
  t.push_back({.framework = "infinity",
               .title = "Infinity",
               .kind = "embedding",
               .scripts = {"infinity_emb", "infinity-emb"},
               .modules = {"infinity_emb*"},
               .commands = {"v1=server", "v2=server", "*=server"},
               .alias_flags = {"served-model-name"},
               .model_flags = {"model-id", "model-name-or-path"},
               .model_environment = {"INFINITY_SERVED_MODEL_NAME", "INFINITY_MODEL_ID"},
               .ports = {7997},
               .metrics_path = "/metrics"});
  t.push_back({.framework = "deepspeed-mii",
               .title = "DeepSpeed-MII",
               .scripts = {"mii/launch/multi_gpu_server=worker"},
               .modules = {"mii.launch*=worker", "mii.entrypoints.*=server", "mii.*=server"},
               .model_flags = {"model", "model-name-or-path", "deployment-name"}});
  t.push_back({.framework = "lightllm", .title = "LightLLM", .modules = {"lightllm.server.api_server=server", "lightllm.*=server"}, .alias_flags = {"model-name"},
               .model_flags = {"model-dir"}, .ports = {8000}});
  t.push_back({.framework = "nano-vllm", .title = "nano-vLLM", .modules = {"nanovllm*=server"}, .model_flags = {"model"}});
  t.push_back({.framework = "mindie", .title = "MindIE", .executables = {"mindieservice_daemon=server", "mindieservice-backend*=worker"}, .ports = {1025}});
  t.push_back({.framework = "djl",
               .title = "DJL Serving with a language model",
               .scripts = {"djl_python_engine=worker"},
               .modules = {"ai.djl.serving.ModelServer=server"},
               .model_flags = {"model-dir"},
               .model_environment = {"OPTION_MODEL_ID", "HF_MODEL_ID"},
               .ports = {8080},
               .weight = 1});
}

void add_local_engines(Table& t) {
  t.push_back({.framework = "ollama",
               .title = "Ollama",
               .executables = {"ollama", "ollama-linux*", "ollama.real", "ollama_llama_server*=worker", "ollama-runner*=worker", "lib/ollama/llama-server=worker",
                               "lib/ollama/*=worker", "ollama app=-gui", "ollama-app=-gui"},
               .commands = {"serve=server", "start=server", "runner=worker", "*=-cli"},
               .model_flags = {"model"},
               .ports = {11434}});
  t.push_back({.framework = "llama.cpp",
               .title = "llama.cpp's router",
               .executables = {"llama-server*=router"},
               .when = {"models-dir", "models-preset", "env:LLAMA_ARG_MODELS_DIR", "env:LLAMA_ARG_MODELS_PRESET"},
               .ports = {8080},
               .metrics_path = "/metrics"});
  t.push_back({.framework = "llama.cpp",
               .title = "llama.cpp",
               .executables = {"llama-server*=server", "com.docker.llama-server=server", "llama-cli*=cli", "llama-run*=cli", "llama-simple*=cli", "llama-completion=cli",
                               "llama-mtmd-cli*=cli", "llama-llava-cli=cli", "llama-llava-clip-*=-tool", "llama-gemma3-cli=cli", "llama-qwen2vl-cli=cli",
                               "llama-minicpmv-cli=cli", "llama-diffusion-cli=cli", "llama-lookup*=cli", "llama-lookahead=cli", "llama-speculative*=cli",
                               "llama-infill=cli", "llama-parallel=batch", "llama-batched*=batch", "llama-bench*=batch", "llama-perplexity*=batch", "llama-embedding*=batch",
                               "llama-retrieval=batch", "llama-passkey=batch", "llama-imatrix*=batch", "llama-save-load-state=batch", "llama-eval-callback=batch",
                               "llama-finetune*=trainer", "llama-rpc-server=worker", "llama-box*=server", "llama-fit-params=-tool",
                               "llama-quantize*=-tool", "llama-gguf*=-tool", "llama-tokenize=-tool", "llama-export-lora=-tool", "llama-cvector-generator=-tool",
                               "llama-convert*=-tool", "llama-gbnf-validator=-tool", "llama-swap*=-router", "llama-vdot=-tool", "llama-q8dot=-tool"},
               .alias_flags = {"alias", "a"},
               .model_flags = {"m", "model", "hf", "hfr", "hf-repo", "dr", "docker-repo", "mu", "model-url", "hff", "hf-file"},
               .model_environment = {"LLAMA_ARG_ALIAS", "LLAMA_ARG_MODEL", "LLAMA_ARG_HF_REPO", "LLAMA_ARG_DOCKER_REPO", "LLAMA_ARG_MODEL_URL", "LLAMA_ARG_HF_FILE"},
               .ports = {8080},
               .metrics_path = "/metrics"});
  t.push_back({.framework = "llama.cpp",
               .title = "llama.cpp's unified program",
               .executables = {"llama", "llama-app"},
               .commands = {"serve=server", "server=server", "cli=cli", "run=cli", "chat=cli", "bench=batch", "perplexity=batch", "embedding=batch", "completion=cli",
                            "mtmd-cli=cli", "*=-tool"},
               .when = {"word:serve", "word:server", "word:cli", "word:run", "word:chat", "word:bench", "word:perplexity", "word:completion", "word:embedding",
                        "word:quantize", "word:mtmd-cli"},
               .alias_flags = {"alias", "a"},
               .model_flags = {"m", "model", "hf", "hfr", "hf-repo", "dr", "docker-repo", "mu", "model-url", "hff", "hf-file"},
               .model_environment = {"LLAMA_ARG_ALIAS", "LLAMA_ARG_MODEL", "LLAMA_ARG_HF_REPO"},
               .ports = {8080},
               .weight = 2});
  t.push_back({.framework = "llama.cpp",
               .title = "llama.cpp before its programs had a prefix",
               .executables = {"main=cli", "server=server", "perplexity=batch", "embedding=batch", "simple=cli", "llava-cli=cli", "batched-bench=batch", "imatrix=batch",
                               "parallel=batch", "speculative=cli", "infill=cli"},
               .when = {"m=*.gguf", "model=*.gguf", "m=*ggml*", "model=*ggml*", "hf", "hf-repo"},
               .alias_flags = {"alias", "a"},
               .model_flags = {"m", "model", "hf", "hf-repo", "mu", "model-url"},
               .ports = {8080},
               .weight = 2.5});
  t.push_back({.framework = "llama.cpp", .title = "llama.cpp's RPC worker", .executables = {"rpc-server=worker", "ggml-rpc-server=worker"}, .ports = {50052}, .weight = 1.2});
  t.push_back({.framework = "llama.cpp",
               .title = "llama.cpp's Python client tools",
               .kind = "tool",
               .scripts = {"convert_hf_to_gguf*=-tool", "convert-hf-to-gguf*=-tool", "convert_lora_to_gguf=-tool", "convert_llama_ggml_to_gguf=-tool", "gguf-*=-tool",
                           "gguf_*=-tool", "convert_legacy_llama=-tool", "llama.cpp/convert=-tool", "llama-gguf*=-tool"}});
  t.push_back({.framework = "llama-cpp-python",
               .title = "llama-cpp-python",
               .modules = {"llama_cpp.server=server", "llama_cpp.server.app=server", "llama_cpp.*=server", "llama_cpp=server"},
               .alias_flags = {"model-alias"},
               .model_flags = {"hf-model-repo-id", "model"},
               .model_environment = {"MODEL_ALIAS", "HF_MODEL_REPO_ID", "MODEL"},
               .ports = {8000}});
  t.push_back({.framework = "llamafile",
               .title = "llamafile",
               .executables = {"*.llamafile=server", "llamafile*=server", "whisperfile*=-server"},
               .scripts = {"*.llamafile=server"},
               .alias_flags = {"alias", "a"},
               .model_flags = {"m", "model"},
               .ports = {8080},
               .metrics_path = "/metrics"});
  t.push_back({.framework = "koboldcpp",
               .title = "KoboldCpp",
               .executables = {"koboldcpp*=server"},
               .scripts = {"koboldcpp*=server"},
               .model_flags = {"model", "config"},
               .model_is_word = true,
               .libraries = {"koboldcpp*"},
               .ports = {5001}});
  t.push_back({.framework = "text-generation-webui",
               .title = "text-generation-webui",
               .executables = {"textgen=server"},
               .scripts = {"text-generation-webui*/server=server", "textgen*/server=server", "oobabooga*/server=server", "oobabooga*/text-generation-webui/server=server"},
               .model_flags = {"model"},
               .ports = {5000, 7860}});
  t.push_back({.framework = "text-generation-webui",
               .title = "text-generation-webui",
               .scripts = {"server=server"},
               .when = {"loader", "chat-buttons", "model-menu", "listen-port", "extensions", "multi-user", "gpu-memory", "wbits", "model-dir", "nowebui", "public-api"},
               .model_flags = {"model"},
               .ports = {5000, 7860},
               .weight = 2.5});
  t.push_back({.framework = "tabbyapi",
               .title = "TabbyAPI",
               .scripts = {"tabbyapi*/main=server", "tabbyapi*/start=server", "tabby-api*/main=server", "tabby-api*/start=server"},
               .modules = {"tabbyapi*=server"},
               .model_flags = {"model-name"},
               .model_environment = {"TABBY_MODEL_MODEL_NAME"},
               .ports = {5000}});
  t.push_back({.framework = "exllama",
               .title = "ExLlama",
               .scripts = {"exllama*/examples/chat=cli", "exllama*/chat=cli", "exllama*/test_inference=batch", "exllama*/example_chatbot=cli", "exllama*/webui/app=server",
                           "exllama*/convert=-tool", "exllamav*/util/*=-tool"},
               .model_flags = {"m", "model", "model-dir"},
               .libraries = {"exllamav3_ext*", "exllamav2_ext*", "exllama_ext*", "exllama_kernels*"}});
  t.push_back({.framework = "mlc-llm",
               .title = "MLC LLM",
               .executables = {"mlc_llm", "mlc_chat_cli=cli", "mlc_cli_chat=cli"},
               .scripts = {"mlc_llm"},
               .modules = {"mlc_llm.cli.worker=worker", "mlc_llm.serve.server*=server", "mlc_llm.serve.router*=-router", "mlc_llm.cli.convert*=-tool",
                           "mlc_llm.cli.compile=-tool", "mlc_llm", "mlc_chat.rest=server", "mlc_chat*"},
               .commands = {"serve=server", "chat=cli", "router=-router", "bench=batch", "*=-tool"},
               .model_flags = {"model"},
               .model_is_word = true,
               .libraries = {"libmlc_llm*", "mlc_llm.dll"},
               .ports = {8000},
               .metrics_path = "/metrics"});
  t.push_back({.framework = "mlx-lm",
               .title = "MLX LM",
               .scripts = {"mlx_lm.server=server", "mlx_lm.generate=cli", "mlx_lm.chat=cli", "mlx_lm.lora=trainer", "mlx_lm.convert=-tool", "mlx_lm.fuse=-tool",
                           "mlx_lm.evaluate=batch", "mlx_lm.benchmark=batch", "mlx_lm.manage=-tool", "mlx_lm.upload=-tool", "mlx_lm", "mlx_vlm.server=server",
                           "mlx_vlm.generate=cli", "mlx-openai-server=server", "mlx-omni-server=server"},
               .modules = {"mlx_lm.server=server", "mlx_lm.generate=cli", "mlx_lm.chat=cli", "mlx_lm.lora=trainer", "mlx_lm.evaluate=batch", "mlx_lm.benchmark=batch",
                           "mlx_lm", "mlx_lm.*=-tool", "mlx_vlm.server=server", "mlx_vlm.generate=cli", "mlx_vlm.chat*=cli", "mlx_vlm.*=-tool"},
               .commands = {"server=server", "generate=cli", "chat=cli", "lora=trainer", "evaluate=batch", "*=-tool"},
               .model_flags = {"model", "model-path"},
               .libraries = {"libmlx.dylib"},
               .ports = {8080}});
  t.push_back({.framework = "lmstudio",
               .title = "LM Studio's engine",
               .executables = {".lmstudio/.internal/utils/node=worker", "lm-studio/.internal/utils/node=worker", ".internal/utils/node=worker"},
               .ports = {1234},
               .weight = 1});
  t.push_back({.framework = "lmstudio",
               .title = "LM Studio's daemon",
               .executables = {"llmster*=server", "lms=-cli", "lm-studio*=-gui", "lm studio*=-gui"},
               .ports = {1234}});
  t.push_back({.framework = "localai",
               .title = "LocalAI",
               .executables = {"local-ai*", "localai*", "backends/llama-cpp*/*=worker", "llama-cpp-cpu-all=worker", "llama-cpp-fallback=worker", "llama-cpp-avx*=worker",
                               "llama-cpp-grpc=worker", "llama-cpp-rpc-server=worker"},
               .commands = {"run=server", "worker*=worker", "federated=-router", "explorer=-tool", "models*=-tool", "backends*=-tool", "tts=-tool", "transcript=-tool",
                            "sound-generation=-tool", "util*=-tool", "completion=-tool", "agent*=-tool", "*=server"},
               .model_is_word = true,
               .ports = {8080},
               .metrics_path = "/metrics"});
  t.push_back({.framework = "localai",
               .title = "a language backend of LocalAI",
               .scripts = {"backends/vllm*/backend=worker", "backends/transformers*/backend=worker", "backends/exllama*/backend=worker", "backends/mlx*/backend=worker",
                           "backends/rerankers*/backend=worker", "backends/sentencetransformers*/backend=worker", "backends/llama*/backend=worker",
                           "backends/sglang*/backend=worker", "backends/autogptq*/backend=worker", "backend/python/vllm/backend=worker",
                           "backend/python/transformers/backend=worker"}});
  t.push_back({.framework = "localai",
               .title = "a backend of LocalAI for other media",
               .kind = "ml",
               .executables = {"backends/whisper*/*=-worker", "backends/piper*/*=-worker", "backends/stablediffusion*/*=-worker", "backends/silero*/*=-worker",
                               "backends/bark*/*=-worker", "backends/kokoro*/*=-worker"},
               .scripts = {"backends/diffusers*/backend=-worker", "backends/bark*/backend=-worker", "backends/coqui*/backend=-worker", "backends/kokoro*/backend=-worker",
                           "backends/faster-whisper*/backend=-worker", "backends/chatterbox*/backend=-worker", "backends/rfdetr*/backend=-worker"}});
  t.push_back({.framework = "mistral.rs",
               .title = "mistral.rs",
               .executables = {"mistralrs-server*=server", "mistralrs-bench=batch", "mistralrs-web-chat=server", "mistralrs", "mistralrs-quantize=-tool"},
               .commands = {"serve=server", "run=cli", "bench=batch", "quantize=-tool", "*=-tool"},
               .alias_flags = {"served-model-name"},
               .model_flags = {"quantized-model-id", "m", "model-id", "model"},
               .ports = {1234, 8080}});
  t.push_back({.framework = "candle", .title = "Candle", .executables = {"candle-vllm=server"}, .model_flags = {"weight-path", "model-id", "m"}, .ports = {2000}});
  t.push_back({.framework = "gpt4all", .title = "GPT4All", .executables = {"gpt4all*=server", "chat/bin/chat=server", "gpt4all*/bin/chat=server"}, .ports = {4891}, .weight = 2});
  t.push_back({.framework = "jan", .title = "Jan's engine", .executables = {"cortex-server*=server", "nitro=server", "cortex=-cli"}, .ports = {1337, 39281}});
  t.push_back({.framework = "rwkv", .title = "RWKV Runner", .scripts = {"rwkv-runner/backend-python/main=server", "backend-python/main=server"}, .ports = {8000}});
  t.push_back({.framework = "ramalama", .title = "RamaLama", .kind = "tool", .executables = {"ramalama*=-launcher"}, .scripts = {"ramalama*=-launcher"}});
  t.push_back({.framework = "llama2.c", .title = "llama2.c", .executables = {"run=cli", "runq=cli"}, .when = {"word:*.bin"}, .model_is_word = true, .weight = 2});
  t.push_back({.framework = "bitnet.cpp", .title = "bitnet.cpp", .scripts = {"run_inference=cli", "run_inference_server=server"}, .when = {"m=*.gguf", "model=*.gguf"},
               .model_flags = {"m", "model"}});
  t.push_back({.framework = "gemma.cpp", .title = "gemma.cpp", .executables = {"gemma=cli"}, .when = {"weights", "compressed-weights"}, .model_flags = {"model", "weights"}});
  t.push_back({.framework = "onnx",
               .title = "ONNX Runtime GenAI",
               .executables = {"model_benchmark=batch", "model-qa=cli", "model_qa=cli", "phi3=cli", "foundry*=server", "inference.service.agent=server"},
               .scripts = {"model-qa*=cli", "model-generate*=cli", "model-chat*=cli", "model-mm*=cli", "phi3-qa*=cli", "phi3v*=cli", "phi4-mm*=cli", "benchmark_e2e=batch"},
               .model_flags = {"m", "model-path", "model", "i", "input-folder"},
               .libraries = {"libonnxruntime-genai*", "onnxruntime-genai*", "onnxruntime_genai*"},
               .weight = 2});
}

void add_python_llm_programs(Table& t) {
  t.push_back({.framework = "transformers",
               .title = "the transformers command",
               .scripts = {"transformers", "transformers-cli"},
               .modules = {"transformers.commands.transformers_cli", "transformers.cli*", "transformers.commands*"},
               .commands = {"serve=server", "serving=server", "chat=cli", "run=cli", "*=-tool"},
               .model_flags = {"force-model", "model-name-or-path", "model"},
               .model_is_word = true,
               .ports = {8000}});
  t.push_back({.framework = "transformers",
               .title = "lm-evaluation-harness with a client",
               .kind = "tool",
               .scripts = {"lm_eval=-tool", "lm-eval=-tool"},
               .modules = {"lm_eval*=-tool"},
               .when = {"model=local*", "model=openai*", "model=anthropic*", "model=*-completions", "model=*-chat", "model=gguf", "model=watsonx*", "word:ls"}});
  t.push_back({.framework = "vllm", .title = "lm-evaluation-harness on vLLM", .scripts = {"lm_eval=batch", "lighteval=batch"}, .modules = {"lm_eval*=batch", "lighteval*=batch"},
               .when = {"model=vllm*", "word:vllm"}, .model_flags = {"model-args[pretrained]", "model-args[model]", "model-args[model-name]", "model-args[model_name]"}});
  t.push_back({.framework = "sglang", .title = "lm-evaluation-harness on SGLang", .scripts = {"lm_eval=batch"}, .modules = {"lm_eval*=batch"}, .when = {"model=sglang*"},
               .model_flags = {"model-args[pretrained]", "model-args[model]"}});
  t.push_back({.framework = "transformers", .title = "lm-evaluation-harness", .scripts = {"lm_eval=batch", "lm-eval=batch", "lighteval=batch"},
               .modules = {"lm_eval*=batch", "lighteval*=batch"},
               .model_flags = {"model-args[pretrained]", "model-args[model]", "model-args[model_name]", "model-args[path]", "model-args[model-name]"}});
  t.push_back({.framework = "vllm", .title = "a trainer's server on vLLM", .scripts = {"trl=server"}, .when = {"word:vllm-serve"}, .model_flags = {"model", "model-name-or-path"}});
  t.push_back({.framework = "transformers",
               .title = "TRL",
               .scripts = {"trl"},
               .modules = {"trl.scripts.*=trainer", "trl.cli*", "trl"},
               .commands = {"env=-tool", "chat=cli", "vllm-serve=server", "*=trainer"},
               .model_flags = {"model-name-or-path", "model"}});
  t.push_back({.framework = "transformers", .title = "Axolotl", .scripts = {"axolotl"},
               .modules = {"axolotl.cli.train=trainer", "axolotl.cli.inference=cli", "axolotl.cli.evaluate=batch", "axolotl.cli.vllm_serve=server", "axolotl.cli.preprocess=-tool",
                           "axolotl.cli.merge*=-tool", "axolotl.cli*"},
               .commands = {"train=trainer", "inference=cli", "evaluate=batch", "lm-eval=batch", "vllm-serve=server", "*=-tool"}, .model_flags = {"base-model"}});
  t.push_back({.framework = "vllm", .title = "LLaMA-Factory on vLLM", .scripts = {"llamafactory-cli=server"}, .when = {"infer-backend=vllm"}, .model_flags = {"model-name-or-path"}});
  t.push_back({.framework = "transformers", .title = "LLaMA-Factory", .scripts = {"llamafactory-cli", "lmf", "llama-factory*/src/train=trainer", "llama-factory*/src/api=server",
                           "llamafactory/launcher=trainer", "llama-factory*/src/webui=server"},
               .modules = {"llamafactory*"},
               .commands = {"train=trainer", "chat=cli", "api=server", "eval=batch", "webchat=server", "webui=-gui", "export=-tool", "version=-tool", "env=-tool", "help=-tool", "*=trainer"},
               .model_flags = {"model-name-or-path"}});
  t.push_back({.framework = "vllm", .title = "ms-swift on vLLM", .scripts = {"swift", "swift/cli/*=server"}, .commands = {"deploy=server", "infer=batch", "rollout=server", "*=trainer"},
               .when = {"infer-backend=vllm"}, .alias_flags = {"served-model-name"}, .model_flags = {"model", "model-id-or-path"}});
  t.push_back({.framework = "transformers", .title = "ms-swift",
               .scripts = {"swift", "swift/cli/sft=trainer", "swift/cli/pt=trainer", "swift/cli/rlhf=trainer", "swift/cli/infer=batch", "swift/cli/deploy=server", "swift/cli/export=-tool",
                           "swift/cli/web_ui=-gui", "megatron/sft=trainer"},
               .commands = {"sft=trainer", "pt=trainer", "rlhf=trainer", "infer=batch", "deploy=server", "app=server", "eval=batch", "export=-tool", "web-ui=-gui", "*=-tool"},
               .alias_flags = {"served-model-name"}, .model_flags = {"model", "model-id-or-path", "model-type"}});
  t.push_back({.framework = "transformers", .title = "OpenRLHF", .modules = {"openrlhf.cli.train*=trainer", "openrlhf.cli.serve*=server", "openrlhf.cli.batch*=batch", "openrlhf.*=trainer"},
               .model_flags = {"pretrain", "actor-pretrain", "reward-pretrain"}});
  t.push_back({.framework = "transformers", .title = "verl", .modules = {"verl.trainer.*=trainer", "verl.model_merger*=-tool", "recipe.*=trainer"},
               .model_flags = {"actor-rollout-ref.model.path", "model.partial-pretrain", "model.path"}});
  t.push_back({.framework = "transformers", .title = "AutoTrain", .scripts = {"autotrain"}, .modules = {"autotrain.trainers.clm*=trainer"}, .commands = {"llm=trainer", "*=-tool"},
               .model_flags = {"model"}});
  t.push_back({.framework = "transformers", .title = "XTuner", .scripts = {"xtuner"}, .commands = {"train=trainer", "chat=cli", "*=-tool"}, .model_is_word = false});
  t.push_back({.framework = "transformers", .title = "Unsloth", .scripts = {"unsloth-cli=trainer", "unsloth=trainer"}, .model_flags = {"model-name"}});
  t.push_back({.framework = "transformers", .title = "InstructLab", .scripts = {"ilab"}, .commands = {"model serve=server", "serve=server", "model chat=-tool", "model train=trainer", "train=trainer", "*=-tool"},
               .model_flags = {"model-path"}, .weight = 2});
  t.push_back({.framework = "transformers", .title = "Petals", .modules = {"petals.cli.run_server=server", "petals.cli.run_dht=-tool"}, .model_flags = {"converted-model-name-or-path"}, .model_is_word = true});
  t.push_back({.framework = "transformers", .title = "ChatGLM's demo", .scripts = {"chatglm*/api=server", "chatglm*/openai_api=server", "chatglm*/web_demo*=server", "chatglm*/cli_demo*=cli"}});
  t.push_back({.framework = "pytorch", .title = "nanoGPT", .scripts = {"nanogpt*/train=trainer", "nanogpt*/sample=cli", "nanochat*/chat_cli=cli", "nanochat*/chat_web=server", "mingpt*/*=trainer"},
               .modules = {"scripts.base_train=trainer", "scripts.mid_train=trainer", "scripts.chat_sft=trainer", "scripts.chat_web=server", "scripts.chat_cli=cli", "nanochat.*=trainer"}});
  t.push_back({.framework = "pytorch", .title = "Meta's Llama examples", .scripts = {"example_chat_completion=cli", "example_text_completion=cli", "chat_completion=cli"},
               .when = {"ckpt-dir", "tokenizer-path"}, .model_flags = {"ckpt-dir"}});
  t.push_back({.framework = "pytorch", .title = "Megatron", .scripts = {"pretrain_gpt*=trainer", "pretrain_llama*=trainer", "pretrain_t5*=trainer", "pretrain_bert*=trainer", "pretrain_retro=trainer",
                           "run_text_generation_server=server", "megatron_gpt*=trainer", "finetune_gpt*=trainer", "pretrain_mamba=trainer", "pretrain_ict=trainer"},
               .model_flags = {"load", "pretrained-checkpoint", "model.restore-from-path", "gpt-model-file"}});
  t.push_back({.framework = "pytorch", .title = "LitGPT", .scripts = {"litgpt", "lit-gpt*/chat/base=cli", "lit-gpt*/generate/base=cli", "lit-gpt*/finetune/*=trainer"}, .modules = {"litgpt*"},
               .commands = {"serve=server", "chat=cli", "generate*=cli", "finetune*=trainer", "pretrain=trainer", "evaluate=batch", "*=-tool"}, .model_flags = {"checkpoint-dir"}, .model_is_word = true});
  t.push_back({.framework = "pytorch", .title = "torchtune", .scripts = {"tune"}, .commands = {"run=trainer", "*=-tool"}, .when = {"word:run"},
               .model_flags = {"checkpointer.checkpoint-dir"}, .weight = 2});
  t.push_back({.framework = "pytorch", .title = "torchtitan", .scripts = {"torchtitan*/train=trainer"}, .modules = {"torchtitan.*=trainer"}});
  t.push_back({.framework = "pytorch", .title = "gpt-fast", .scripts = {"gpt-fast*/generate=cli", "gpt-fast*/eval=batch"}, .model_flags = {"checkpoint-path"}});
  t.push_back({.framework = "pytorch", .title = "torchchat", .scripts = {"torchchat"}, .commands = {"chat=cli", "generate=cli", "server=server", "browser=server", "eval=batch", "*=-tool"}, .model_is_word = true});
  t.push_back({.framework = "pytorch", .title = "fairseq", .scripts = {"fairseq-train=trainer", "fairseq-generate=batch", "fairseq-interactive=cli", "metaseq-*=trainer"}, .model_flags = {"path"}, .weight = 2});
  t.push_back({.framework = "pytorch", .title = "RWKV-LM", .scripts = {"rwkv*/train=trainer", "rwkv*/chat=cli"}, .model_flags = {"load-model"}});
}

void add_other_ai(Table& t) {
  const auto other = [&](std::string framework, std::string title, std::string kind, std::vector<std::string> executables, std::vector<std::string> scripts,
                         std::vector<std::string> modules = {}) {
    t.push_back({.framework = std::move(framework), .title = std::move(title), .kind = std::move(kind), .executables = std::move(executables), .scripts = std::move(scripts),
                 .modules = std::move(modules), .model_flags = {"m", "model", "model-name", "model-path"}});
  };
  other("comfyui", "ComfyUI", "image", {"comfyui*=-server"}, {"comfyui*/main=-server", "comfy=-server"}, {"comfyui*=-server", "comfy*=-server"});
  t.push_back({.framework = "comfyui", .title = "ComfyUI", .kind = "image", .scripts = {"main=-server"},
               .when = {"windows-standalone-build", "preview-method", "extra-model-paths-config", "cuda-malloc", "lowvram", "normalvram", "highvram", "novram", "disable-xformers",
                        "use-pytorch-cross-attention", "use-split-cross-attention", "fast-fp8", "front-end-version", "enable-manager"}});
  other("whisper.cpp", "whisper.cpp", "speech", {"whisper-cli*=-cli", "whisper-server*=-server", "whisper-stream*=-cli", "whisper-bench=-batch", "whisper-command=-cli", "whisper-talk-llama=-cli",
                                               "whisper.cpp/main=-cli", "whisper.cpp/build/bin/main=-cli", "whisper-quantize=-tool", "whisperfile*=-server", "stream=-cli"}, {});
  t.push_back({.framework = "whisper.cpp", .title = "whisper.cpp before its programs had a prefix", .kind = "speech", .executables = {"main=-cli", "server=-server", "stream=-cli", "bench=-batch"},
               .when = {"m=*ggml-base*", "m=*ggml-tiny*", "m=*ggml-small*", "m=*ggml-medium*", "m=*ggml-large*", "model=*ggml-base*", "model=*ggml-tiny*", "model=*ggml-small*",
                        "model=*ggml-medium*", "model=*ggml-large*", "f=*.wav"}, .model_flags = {"m", "model"}});
  other("stable-diffusion.cpp", "stable-diffusion.cpp", "image", {"sd=-cli", "sd-server*=-server", "sd-cli*=-cli"}, {});
  other("whisper", "Whisper", "speech", {}, {"whisper=-cli", "whisperx=-cli", "faster-whisper*=-server", "whisper-ctranslate2=-cli", "insanely-fast-whisper=-cli", "whisper_streaming*=-server",
                                            "wyoming-faster-whisper=-server", "wyoming_faster_whisper*=-server", "whisper_online*=-server", "transcribe*=-cli"},
        {"whisper=-cli", "wyoming_faster_whisper*=-server", "faster_whisper*=-server", "whisperx*=-cli", "speaches*=-server", "whisper_live*=-server", "wyoming*=-server"});
  other("pytorch", "a speech program", "speech", {"piper=-server"}, {"piper=-server", "tts=-cli", "tts-server=-server", "bark*=-server", "xtts*=-server", "kokoro*=-server", "gpt-sovits*/*=-server", "fish-speech*/*=-server",
                                                                   "f5-tts*=-server", "cosyvoice*/*=-server", "rvc*/*=-server", "infer-web=-server", "riva*=-server"},
        {"TTS.*=-server", "piper*=-server", "wyoming_piper*=-server", "kokoro*=-server", "f5_tts*=-server", "fish_speech*=-server", "chatterbox*=-server", "melo*=-server", "nemo.collections.asr*=-server"});
  other("pytorch", "a Stable Diffusion web interface", "image", {}, {"stable-diffusion-webui*/launch=-server", "stable-diffusion-webui*/webui=-server", "sd.next/launch=-server", "fooocus*/*=-server", "invokeai*=-server", "kohya*/*=-server",
                                                                    "sdxl_train*=-trainer", "train_network=-trainer", "flux_train*=-trainer", "train_dreambooth*=-trainer", "train_text_to_image*=-trainer", "train_controlnet*=-trainer",
                                                                    "facefusion*=-server", "swarmui*=-server", "ai-toolkit/run=-trainer", "diffusers-cli=-tool", "deforum*=-server"},
        {"invokeai*=-server", "diffusers*=-server"});
  t.push_back({.framework = "pytorch", .title = "a Stable Diffusion web interface", .kind = "image", .scripts = {"launch=-server", "webui=-server", "entry_with_update=-server"},
               .when = {"xformers", "medvram", "lowvram", "opt-sdp-attention", "ckpt", "skip-torch-cuda-test", "ckpt-dir", "always-high-vram", "preset", "no-half-vae", "no-half", "autolaunch", "listen"}});
  other("pytorch", "a vision program", "vision", {}, {"yolo=-trainer", "yolov5*/*=-trainer", "yolov7*/*=-trainer", "ultralytics=-trainer", "detectron2*/*=-trainer", "mmdet*/*=-trainer", "mim=-trainer", "nerfstudio*=-trainer",
                                                    "ns-train=-trainer", "deepface=-server", "frigate*=-server", "immich*=-server", "easyocr=-cli", "paddleocr=-cli", "rembg=-cli"},
        {"ultralytics*=-trainer", "yolov5*=-trainer", "frigate*=-server", "detectron2*=-trainer", "deepface*=-server", "immich_ml*=-server", "rembg*=-cli"});
  other("pytorch", "TorchServe", "ml", {"torchserve=-server"}, {"torchserve=-server", "ts/model_service_worker=-worker", "model_service_worker=-worker"}, {"org.pytorch.serve.ModelServer=-server", "ts.model_server=-server"});
  t.push_back({.framework = "tensorflow", .title = "TensorFlow Serving", .kind = "ml", .executables = {"tensorflow_model_server*=-server", "tf_serving*=-server", "tensorflow-model-server*=-server"},
               .model_flags = {"model-name", "model-base-path"}, .ports = {8500, 8501}, .metrics_path = "/monitoring/prometheus/metrics"});
  other("tensorrt", "a TensorRT program", "ml", {"trtexec=-tool", "deepstream-app*=-server", "deepstream-test*=-server", "polygraphy=-tool"}, {"polygraphy=-tool"});
  other("onnx", "an ONNX Runtime program", "ml", {"onnxruntime_perf_test=-tool", "onnxruntime_server=-server", "ovms=-server"}, {"onnxsim=-tool", "optimum-cli=-tool", "olive=-tool"}, {"optimum.*=-tool", "onnxruntime.*=-tool", "olive*=-tool", "transformers.onnx=-tool", "onnxsim=-tool"});
  other("transformers", "a quantiser or converter", "tool", {}, {"convert_checkpoint=-tool", "quantize*=-tool", "convert*_to_*=-tool", "merge_*=-tool", "mergekit-*=-tool", "auto-round*=-tool", "auto_round*=-tool",
                                                                "hf-to-*=-tool", "export_*=-tool", "convert*=-tool", "download*=-tool", "convert_weights*=-tool", "llm-compressor*=-tool", "zero_to_fp32=-tool", "ct2-*-converter=-tool",
                                                                "ct2-transformers-converter=-tool"},
        {"mergekit*=-tool", "awq.entry=-tool", "auto_gptq*=-tool", "auto_round*=-tool", "modelopt*=-tool", "spacy=-tool", "bitsandbytes=-tool"});
}

void add_tools(Table& t) {
  t.push_back(
      {.framework = "",
       .title = "a tool",
       .kind = "tool",
       .executables = {"vllm-router*=-router", "vllm-exporter*=-monitor", "lmcache*=-tool", "mooncake*=-tool", "open-webui*=-gui", "anythingllm*=-gui", "dynamo-run*=-router", "etcd=-tool", "nats-server=-tool",
                       "raylet=-monitor", "gcs-server=-monitor", "all-smi=-monitor", "aider=-cli", "litellm*=-router", "mlflow=-tool", "jan=-gui", "msty*=-gui", "chatbox*=-gui", "cursor*=-gui", "claude=-cli", "codex=-cli",
                       "gemini=-cli", "crush=-cli", "opencode=-cli", "mods=-cli", "tgpt=-cli", "oterm=-cli", "gollama=-cli", "new-api=-router", "one-api=-router", "gguf-parser*=-tool", "gpustack*=-tool", "hf=-tool", "genai-perf=-tool",
                       "perf_analyzer=-tool", "k6=-tool", "wrk=-tool", "hey=-tool", "vegeta=-tool", "oha=-tool"},
       .scripts = {"pip*=-tool", "uv=-tool", "uvx=-tool", "pipx=-tool", "poetry=-tool", "conda*=-tool", "mamba=-tool", "nvitop=-monitor", "gpustat=-monitor", "nvidia-smi*=-monitor", "glances=-monitor", "bpytop=-monitor", "llm-monitor=-monitor", "gpu-exporter=-monitor",
                   "black=-tool", "ruff=-tool", "mypy=-tool", "pylint=-tool", "flake8=-tool", "isort=-tool", "pytest=-tool", "py.test=-tool", "tox=-tool", "nox=-tool", "pre-commit=-tool", "pyright*=-tool", "pylsp=-tool", "jedi-language-server=-tool",
                   "mlflow=-tool", "tensorboard=-tool", "wandb*=-tool", "aim=-tool", "clearml*=-tool", "dvc=-tool", "jupyter*=-tool", "ipython-*=-tool", "huggingface-cli=-tool", "hf=-tool", "modelscope=-tool", "hfdownloader=-tool", "civitdl=-tool",
                   "litellm*=-router", "open-webui=-gui", "aider=-cli", "llm=-cli", "interpreter=-cli", "sgpt=-cli", "gptme=-cli", "locust=-tool", "guidellm=-tool", "genai-perf=-tool", "genai-bench=-tool", "aiperf=-tool", "llmperf*=-tool",
                   "token_benchmark_ray=-tool", "benchmark_serving*=-tool", "bench_serving*=-tool", "inference-perf*=-tool", "evalscope=-tool", "ansible*=-tool", "supervisord=-wrapper", "supervisorctl=-tool", "celery-exporter=-tool", "awscli*=-tool", "aws=-tool",
                   "gsutil=-tool", "gcloud=-tool", "az=-tool", "yt-dlp=-tool", "certbot=-tool", "fail2ban*=-tool", "manage=-tool", "setup=-tool", "vllm-router*=-router", "lmcache*=-tool", "langgraph=-tool", "langflow=-tool", "langchain*=-tool", "dify*=-tool",
                   "flowise=-tool", "chroma=-tool", "promptfoo=-tool", "streamlit=-tool", "gunicorn=-tool", "uvicorn=-tool", "ray=-tool", "serve=-tool", "dask*=-tool", "airflow=-tool", "prefect=-tool", "dagster*=-tool", "snakemake=-tool", "luigi*=-tool", "scrapy=-tool", "llama_stack*=-tool",
                   "llama-stack*=-tool", "llama=-tool", "nemoguardrails=-tool", "openai=-tool", "anthropic=-tool", "ollama=-tool", "compile_worker=-helper", "torch/-inductor/compile-worker/*=-helper", "pyspark*=-tool", "papermill=-tool", "nbconvert=-tool",
                   "doctest=-tool", "sphinx-build=-tool", "mkdocs=-tool", "twine=-tool", "virtualenv=-tool", "cython=-tool", "meson=-tool", "scons=-tool", "gdbus-codegen=-tool", "sagemaker-*=-tool", "s3cmd=-tool", "rclone=-tool", "gallery-dl=-tool", "dynamo-frontend=-router", "dynamo=-router"},
       .modules = {"pip*", "venv", "ensurepip", "virtualenv", "http.server", "json.tool", "pytest*", "unittest*", "black*", "ruff*", "mypy*", "pylint*", "flake8*", "isort*", "jupyter*", "jupyterlab*", "notebook*", "nbconvert*", "papermill*",
                   "tensorboard*", "mlflow*", "wandb*", "huggingface_hub*", "modelscope*", "litellm*", "open_webui*", "locust*", "guidellm*", "genai_perf*", "genai_bench*", "evalscope*", "benchmark_serving*", "vllm_router*", "lmcache*", "mooncake*", "dynamo.frontend*",
                   "dynamo.router*", "dynamo.planner*", "ansible*", "supervisor*", "torch._inductor.compile_worker*", "torch.utils.collect_env", "torch.utils.bottleneck", "multiprocessing.resource_tracker", "multiprocessing.forkserver", "compileall", "site",
                   "timeit", "zipfile", "tarfile", "pyflakes*", "pylsp*", "debugpy.adapter*", "ptvsd*", "ray._private*", "ray.dashboard*", "ray.util*", "ray.scripts*", "langgraph*", "langflow*", "chromadb*", "llama_stack*", "llama_index*", "langchain*", "celery", "flask", "django*", "gpustat*", "nvitop*",
                   "production_stack*", "openai*", "spacy*", "nltk*", "build", "twine", "uvicorn", "gunicorn", "streamlit", "hypercorn"},
       .commands = {"*=-tool"}});
}

}  // namespace

const std::vector<Signature>& builtin_signatures() {
  static const Table table = [] {
    Table t;
    add_gpu_engines(t);
    add_local_engines(t);
    add_python_llm_programs(t);
    add_other_ai(t);
    add_tools(t);
    return t;
  }();
  return table;
}

}  // namespace monitorai::collect
