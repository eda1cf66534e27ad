"""Writes the weights of a GGUF file as safetensors, for runtimes that read no GGUF (Jlama).

python bench/to_safetensors.py MODEL.gguf DIR, in the environment of train/requirements.txt.
The weights are the GGUF's own, dequantised to 32 bits; nothing is fetched.
"""

import os
import sys

import torch
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM, AutoTokenizer


def main(gguf, folder):
    place, name = os.path.split(os.path.abspath(gguf))
    model = AutoModelForCausalLM.from_pretrained(place, gguf_file=name, dtype=torch.float32)
    tokenizer = AutoTokenizer.from_pretrained(place, gguf_file=name)
    os.makedirs(folder, exist_ok=True)
    tied = model.config.tie_word_embeddings
    weights = {key: value.contiguous().clone() for key, value in model.state_dict().items()
               if not (tied and key == "lm_head.weight")}
    save_file(weights, os.path.join(folder, "model.safetensors"), metadata={"format": "pt"})
    if hasattr(model.config, "quantization_config"):
        del model.config.quantization_config
    model.config.architectures = [type(model).__name__]
    model.config.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    with open(os.path.join(folder, "README.md"), "w") as readme:  # Jlama copies it
        readme.write(f"The weights of {name}, dequantised to 32 bits.\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
