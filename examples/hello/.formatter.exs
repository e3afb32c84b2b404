[
  inputs: ["*.exs", ".formatter.exs", "{config,lib}/**/*.{ex,exs}"]
]
