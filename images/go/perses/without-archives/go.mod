// Takes the place of a library that unpacks archives of all kinds: the plugins of this Perses are laid out as they are used.
module github.com/mholt/archives

go 1.24
