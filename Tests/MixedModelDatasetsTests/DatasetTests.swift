// This file is part of the swift-mixed-models project.
// SPDX-License-Identifier: Apache-2.0

import DataTables
import MixedModelDatasets
import MixedModelErrors
import Testing

@Suite("Built-in data sets")
struct DatasetTests {
  private func levels(_ dataset: Dataset, _ column: String) -> [String]? {
    guard case .categorical(let column)? = dataset.table[column] else { return nil }
    return column.levels
  }

  @Test(
    "Every data set has its rows and columns",
    arguments: [
      ("arabidopsis", 625, "reg popu gen rack nutrient amd status total_fruits"),
      ("cake", 270, "replicate recipe temperature angle temp"),
      ("cbpp", 56, "herd period incidence size"),
      ("contra", 1934, "dist urban livch age use"),
      ("dyestuff", 30, "batch yield"),
      ("dyestuff2", 30, "batch yield"),
      ("epil", 236, "y trt base age V4 subject period lbase lage"),
      ("grouseticks", 403, "index ticks brood height year location"),
      ("insteval", 73_421, "s d studage lectage service dept y"),
      ("machines", 54, "Worker Machine score"),
      ("mfr", 100, "factory newprocess time_dev temp_dev supplier defects"),
      ("orthodont", 108, "distance age Subject Sex"),
      ("oxboys", 234, "subj age height occasion"),
      ("pastes", 60, "batch cask strength"),
      ("penicillin", 144, "plate sample diameter"),
      ("rail", 18, "Rail travel"),
      ("sleepstudy", 180, "subj days reaction"),
      ("verbagg", 7584, "subj item anger gender btype situ mode resp r2"),
    ])
  func shapes(_ name: String, _ rowCount: Int, _ columns: String) throws {
    let table = try Dataset.named(name).table
    #expect(table.rowCount == rowCount)
    #expect(table.columnNames.joined(separator: " ") == columns)
    for column in table.columnNames { #expect(table[column]?.missingCount == 0) }
  }

  @Test("The list is complete, sorted and described")
  func all() {
    #expect(Dataset.all.count == 18)
    #expect(Dataset.all.map(\.name) == Dataset.all.map(\.name).sorted())
    for dataset in Dataset.all {
      #expect(!dataset.summary.isEmpty && !dataset.origin.isEmpty && !dataset.licence.isEmpty)
    }
  }

  @Test(
    "Grouping columns are categorical with the number of levels of the literature",
    arguments: [
      ("dyestuff", "batch", 6), ("sleepstudy", "subj", 18), ("penicillin", "plate", 24),
      ("penicillin", "sample", 6), ("pastes", "batch", 10), ("pastes", "cask", 3),
      ("insteval", "s", 2972), ("insteval", "d", 1128), ("insteval", "dept", 14),
      ("verbagg", "subj", 316), ("verbagg", "item", 24), ("contra", "dist", 60),
      ("cbpp", "herd", 15), ("cbpp", "period", 4), ("arabidopsis", "popu", 9),
      ("arabidopsis", "rack", 2), ("arabidopsis", "nutrient", 2), ("cake", "replicate", 15),
      ("cake", "recipe", 3), ("orthodont", "Subject", 27), ("oxboys", "subj", 26),
      ("machines", "Worker", 6), ("machines", "Machine", 3), ("rail", "Rail", 6),
      ("epil", "subject", 59), ("mfr", "factory", 20), ("mfr", "supplier", 3),
      ("grouseticks", "index", 403), ("grouseticks", "year", 3),
    ])
  func groups(_ name: String, _ column: String, _ levelCount: Int) throws {
    #expect(levels(try Dataset.named(name), column)?.count == levelCount)
  }

  @Test("Levels are in the order of the literature")
  func order() {
    #expect(levels(.orthodont, "Sex") == ["Male", "Female"])
    #expect(levels(.contra, "livch") == ["0", "1", "2", "3+"])
    #expect(levels(.contra, "urban") == ["N", "Y"])
    #expect(levels(.cbpp, "period") == ["1", "2", "3", "4"])
    #expect(levels(.grouseticks, "year") == ["1995", "1996", "1997"])
    #expect(levels(.epil, "trt") == ["placebo", "progabide"])
    #expect(levels(.verbagg, "btype") == ["curse", "scold", "shout"])
    #expect(levels(.verbagg, "mode") == ["do", "want"])
    #expect(levels(.cake, "replicate") == (1...15).map(String.init))
    #expect(levels(.insteval, "dept")?.first == "D01")
  }

  @Test("Covariates stay numeric")
  func covariates() {
    for (dataset, column) in [
      (Dataset.sleepstudy, "days"), (.cake, "temp"), (.epil, "period"), (.oxboys, "age"),
      (.insteval, "studage"), (.mfr, "newprocess"), (.grouseticks, "height"),
    ] {
      #expect(levels(dataset, column) == nil, "\(dataset.name) \(column)")
    }
  }

  @Test("Summaries are those that Julia's describe shows")
  func describe() throws {
    let yield = try #require(
      Dataset.dyestuff.table.describe().columns.first { $0.name == "yield" })
    #expect(yield.mean == 1527.5)
    #expect(yield.minimum == .number(1440))
    #expect(yield.median == 1530)
    #expect(yield.maximum == .number(1635))
    #expect(
      Dataset.pastes.table.describe().description == """
        variable     mean   min  median  max  nmissing  kind
        batch                 A            J         0  categorical
        cask                  a            c         0  categorical
        strength  60.0533  54.2    59.3   66         0  numeric
        """)
  }

  @Test("The simulated stand-in says what it is")
  func simulated() {
    #expect(Dataset.mfr.summary.hasPrefix("SIMULATED"))
    #expect(Dataset.mfr.origin.hasPrefix("Simulated"))
  }

  @Test("An unknown name is answered with the nearest and all")
  func unknown() {
    let error = #expect(throws: MixedModelError.self) { try Dataset.named("sleepstdy") }
    #expect(
      error?.description == "There is no built-in data set \"sleepstdy\"."
        + " Did you mean \"sleepstudy\"? Data sets: arabidopsis, cake, cbpp, contra, dyestuff,"
        + " dyestuff2, epil, grouseticks, insteval, machines, mfr, orthodont, oxboys, pastes,"
        + " penicillin, rail, sleepstudy, verbagg.")
  }
}
