#!/bin/sh
# Serves HunyuanOCR with vLLM, for `vidocr --engine server --server-url http://localhost:8000`.
#
# Not run by this project, for want of a GPU: the options are those of vLLM's documentation, and
# what is said of versions is what others reported. vidocr's side is tested against a server of
# the tests' own and against `transformers serve`, which speak the same protocol.
#
# Versions: 0.28.1 to 0.29.0 crash on this model. 0.25.1 and later ones were reported good on
# CUDA 13, 0.18.1 on CUDA 12.
#
# Licence: HunyuanOCR is not for use in the EU, the UK or South Korea, its output included.
# zai-org/GLM-OCR (MIT) and PaddlePaddle/PaddleOCR-VL-1.6 (Apache 2.0) are served the same way.

MODEL=${MODEL:-tencent/HunyuanOCR} # or a folder; vidocr's --model takes the same name

# One card. Requests join a running batch as others leave it (continuous batching): that needs
# no option, only many requests at once. Give vidocr --server-requests 64 or more.
#
#   --no-enable-prefix-caching   Prompts differ from the picture on: there is nothing to share.
#   --mm-processor-cache-gb 0    No picture comes twice: a cache of them costs memory alone.
#   --max-model-len 4096         Bounds the memory of a request. A line takes some 300 tokens, a
#                                whole picture of 1920 x 1080 px some 2100, and their answers
#                                are short. vLLM refuses what is longer.
#   --max-num-seqs 256           Requests in a batch; more wait. Lower it where memory runs out.
#   --limit-mm-per-prompt        vidocr sends one picture a request.
#   --host 127.0.0.1             For this machine alone. For others, put --api-key on the server,
#                                the same key into vidocr's VIDOCR_API_KEY, and TLS before it.
exec vllm serve "$MODEL" \
    --host 127.0.0.1 --port 8000 \
    --no-enable-prefix-caching --mm-processor-cache-gb 0 \
    --max-model-len 4096 --max-num-seqs 256 \
    --limit-mm-per-prompt '{"image": 1}' \
    "$@"

# More options go behind the script's name. For example:
#
# Version 1.0 of the model (give vidocr --profile hunyuanocr-1.0):
#   configs/vllm.sh --revision f6af82ee
#
# A card that others use too: vLLM takes this share of its memory at the start, whatever it needs
# (0.9 if nothing is said). The weights take 2 GB; 0.2 of 24 GB leaves some 2 GB for requests.
#   configs/vllm.sh --gpu-memory-utilization 0.2 --max-num-seqs 32
#
# A small card: weights in 8 bits, made while they are loaded. It saves about 1 GB of 2, and is
# fast from Ada Lovelace and Hopper on; older cards save memory alone. How well the model then
# reads was not measured. Versions before 0.20 call it `fp8`.
#   configs/vllm.sh --quantization fp8_per_tensor
#
# Two cards: a whole copy of the model on each, behind one address. That suits a model of 1B,
# which fits on any card: the copies have nothing to tell each other. --max-num-seqs counts for
# each. Where one process can't unpack pictures fast enough for both, add --api-server-count 2.
#   configs/vllm.sh --data-parallel-size 2
#
# One model split over two cards (tensor parallelism) is for models that don't fit on one. Here
# the cards would wait for each other after every layer: slower than data parallelism.
#   configs/vllm.sh --tensor-parallel-size 2
