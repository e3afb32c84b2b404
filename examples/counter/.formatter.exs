[
  inputs: ["*.exs", ".formatter.exs", "{config,lib,test}/**/*.{ex,exs}"]
]
