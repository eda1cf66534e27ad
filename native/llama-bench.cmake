# llama.cpp's own llama-bench, its source untouched, linked to libraries that are already there (the
# ready ones or an own build): `larimar bench` compares with exactly what it runs itself.
file(GLOB larimarBenchLibraries
    "${LARIMAR_BENCH_LIBRARIES}/libllama${CMAKE_SHARED_LIBRARY_SUFFIX}"
    "${LARIMAR_BENCH_LIBRARIES}/libllama.*${CMAKE_SHARED_LIBRARY_SUFFIX}"
    "${LARIMAR_BENCH_LIBRARIES}/libggml${CMAKE_SHARED_LIBRARY_SUFFIX}"
    "${LARIMAR_BENCH_LIBRARIES}/libggml.*${CMAKE_SHARED_LIBRARY_SUFFIX}"
    "${LARIMAR_BENCH_LIBRARIES}/libggml-base${CMAKE_SHARED_LIBRARY_SUFFIX}")
list(LENGTH larimarBenchLibraries found)
if (found LESS 3)
    message(FATAL_ERROR "LARIMAR_BENCH_LIBRARIES must be a folder with libllama, libggml and libggml-base: "
        "it is \"${LARIMAR_BENCH_LIBRARIES}\"")
endif()
find_package(Threads REQUIRED)

add_executable(llama-bench
    "${LARIMAR_LLAMA_SOURCE}/tools/llama-bench/main.cpp"
    "${LARIMAR_LLAMA_SOURCE}/tools/llama-bench/llama-bench.cpp"
    llama_bench_common.cpp)
target_compile_features(llama-bench PRIVATE cxx_std_17)
target_include_directories(llama-bench PRIVATE
    "${LARIMAR_LLAMA_SOURCE}/common"
    "${LARIMAR_LLAMA_SOURCE}/include"
    "${LARIMAR_LLAMA_SOURCE}/ggml/include"
    "${LARIMAR_LLAMA_SOURCE}/vendor")
target_link_libraries(llama-bench PRIVATE ${larimarBenchLibraries} Threads::Threads)
set_target_properties(llama-bench PROPERTIES
    BUILD_RPATH "${LARIMAR_BENCH_LIBRARIES}"
    RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")
