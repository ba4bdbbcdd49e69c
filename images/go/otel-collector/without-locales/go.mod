// Takes the place of months' and days' names in all languages: times here have English ones.
module github.com/elastic/lunes

go 1.24
