/* What jextract reads: the parts of llama.cpp's C interface that the engine calls. */
#include "llama.h"
#include "ggml.h"
#include "ggml-backend.h"
#include "gguf.h"
