// Placeholder so that the layer exists before its first source.
