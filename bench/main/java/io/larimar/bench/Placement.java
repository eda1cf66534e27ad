package io.larimar.bench;

import io.larimar.bindings.Model;
import io.larimar.bindings.NativeLibrary.Device;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** Where the weights go, in the words of two command lines, so that both sides run alike. */
final class Placement {
  /** llama.cpp takes what is too many for all layers. */
  private static final int ALL_LAYERS = 999;

  private Placement() {}

  /** For {@code larimar}; none for the CPU. */
  static List<String> words(Model.Options model) {
    List<String> words = new ArrayList<>();
    if (model.gpuLayers() != 0) {
      words.addAll(List.of("--device", names(model, ",")));
      if (model.gpuLayers() > 0) {
        words.addAll(List.of("--gpu-layers", Integer.toString(model.gpuLayers())));
      }
      if (!model.split().isEmpty()) {
        words.addAll(List.of("--tensor-split", shares(model, ",")));
      }
    }
    return words;
  }

  /** For {@code llama-bench}, which would take every GPU that is there if none were named. */
  static List<String> llamaBenchWords(Model.Options model) {
    if (model.gpuLayers() == 0) {
      return List.of("-ngl", "0");
    }
    List<String> words = new ArrayList<>(List.of("-ngl",
        Integer.toString(model.gpuLayers() < 0 ? ALL_LAYERS : model.gpuLayers()), "-dev",
        names(model, "/")));
    if (!model.split().isEmpty()) {
      words.addAll(List.of("-ts", shares(model, "/")));
    }
    return words;
  }

  private static String names(Model.Options model, String between) {
    return model.devices().stream().map(Device::name).collect(Collectors.joining(between));
  }

  private static String shares(Model.Options model, String between) {
    return model.split().stream().map(String::valueOf).collect(Collectors.joining(between));
  }
}
