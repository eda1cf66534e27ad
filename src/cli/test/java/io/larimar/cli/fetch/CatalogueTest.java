package io.larimar.cli.fetch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CatalogueTest {

  @ParameterizedTest
  @ValueSource(strings = {"libggml-base.so", "libggml-cpu-haswell.so", "libggml.v0.5.0.so",
      "libllama.v0.5.0.so", "libggml.vulkan.v0.5.0.so", "libggml-vulkan.so", "libggml-metal.so",
      "libllama.metal.v0.5.0.dylib", "ggml-base.dll", "llama.v0.5.0.dll"})
  void aLibraryOfLlamaIsWanted(String name) {
    assertTrue(Catalogue.LIBRARY.matcher(name).matches());
  }

  @ParameterizedTest
  @ValueSource(strings = {"libllama-common.so", "llama-addon.node", "_nlcBuildMetadata.json",
      "llama-common.dll", "libllama-addon.so", "libother.so", "libllama.so/x"})
  void anythingElseIsNotWanted(String name) {
    assertTrue(!Catalogue.LIBRARY.matcher(name).matches());
  }

  @Test
  void everyPlatformHasItsDefaultLibraries() {
    for (String platform : List.of(
        "linux-x64", "linux-arm64", "mac-x64", "mac-arm64", "win-x64", "win-arm64")) {
      assertTrue(Catalogue.natives(platform, Catalogue.defaultBackend(platform)).isPresent(),
          platform);
    }
  }

  @Test
  void modelNamesAreUniqueAndTheDefaultIsAmongThem() {
    Set<String> names = new HashSet<>();
    for (Model model : Catalogue.MODELS) {
      assertTrue(names.add(model.name()), model.name());
    }
    assertTrue(names.contains(Models.DEFAULT_NAME));
  }

  @Test
  void npmsIntegrityIsReadAsHex() {
    Digest digest = Digest.integrity("sha512-" + "A".repeat(86) + "==");
    assertEquals(new Digest("SHA-512", "0".repeat(128)), digest);
    assertThrows(IllegalArgumentException.class, () -> Digest.integrity("sha1-AAAA"));
    assertThrows(IllegalArgumentException.class, () -> Digest.sha256("12"));
  }
}
