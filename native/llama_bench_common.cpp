// The twelve functions that llama-bench.cpp takes from llama.cpp's `common` library, in the form that a
// run on a local model file needs. The library itself (chat templates, downloads, samplers) would take
// minutes to build and is no part of what is measured.
#include "arg.h"
#include "build-info.h"
#include "common.h"
#include "fit.h"

#include <cstdarg>
#include <cstdio>
#include <stdexcept>
#include <thread>

int llama_build_number(void) { return 0; }

const char * llama_commit(void) { return "pinned"; }

void llama_print_build_info(const char * name, FILE * file) { std::fprintf(file, "%s\n", name); }

int32_t common_cpu_get_num_math() { return (int32_t) std::thread::hardware_concurrency(); }

bool set_process_priority(enum ggml_sched_priority priority) {
    return priority == GGML_SCHED_PRIO_NORMAL;
}

bool parse_cpu_mask(const std::string & mask, bool (&)[GGML_MAX_N_THREADS]) {
    return mask == "0x0";  // every processor, the default
}

void common_print_available_devices() {}

common_models_handler common_models_handler_init(const common_params &, llama_example) {
    throw std::runtime_error("this llama-bench downloads no model: give a file by -m");
}

void common_models_handler_apply(
    common_models_handler &, common_params &, common_download_callback *) {}

common_params_fit_status common_fit_params(const char *, llama_model_params *,
    llama_context_params *, float *, llama_model_tensor_buft_override *, size_t *, uint32_t,
    const common_fit_extra_model *, ggml_log_level) {
    throw std::runtime_error("this llama-bench does not fit a model to a device: leave -fit out");
}

bool common_arg_utils::is_truthy(const std::string & value) {
    return value == "on" || value == "enabled" || value == "true" || value == "1";
}

bool common_arg_utils::is_falsey(const std::string & value) {
    return value == "off" || value == "disabled" || value == "false" || value == "0";
}

bool common_arg_utils::is_autoy(const std::string & value) {
    return value == "auto" || value == "-1";
}

std::string string_strip(const std::string & text) {
    const size_t from = text.find_first_not_of(" \t\r\n");
    return from == std::string::npos
        ? "" : text.substr(from, text.find_last_not_of(" \t\r\n") - from + 1);
}

std::string string_format(const char * format, ...) {
    char text[4096];
    va_list values;
    va_start(values, format);
    std::vsnprintf(text, sizeof(text), format, values);
    va_end(values);
    return text;
}
