package event

import (
	"strconv"
	"strings"
)

// DepsNoPackagesFound is `deps` with nothing to install.
type DepsNoPackagesFound struct{}

// DepsStartPackageInstall begins with a package.
type DepsStartPackageInstall struct{ PackageName string }

// DepsInstallInfo is a package that was installed, and from where.
type DepsInstallInfo struct{ VersionName string }

// DepsUpdateAvailable is a package of the hub that has a newer version.
type DepsUpdateAvailable struct{ VersionLatest string }

// DepsUpToDate is a package of the hub in its newest version.
type DepsUpToDate struct{}

// DepsListSubdirectory is the folder of a repository that a package lies in.
type DepsListSubdirectory struct{ Subdirectory string }

// DepsNotifyUpdatesAvailable lists the packages that have newer versions.
type DepsNotifyUpdatesAvailable struct{ Packages []string }

// DepsUnpinned is a git package that may change from one day to the next.
type DepsUnpinned struct{ Revision, Git string }

// DepsLockUpdating is package-lock.yml, written.
type DepsLockUpdating struct{ LockFilepath string }

// DepsAddPackage is an entry that --add-package wrote.
type DepsAddPackage struct{ PackageName, Version, PackagesFilepath string }

// DepsFoundDuplicatePackage is an entry that --add-package took out, since the
// new one stands for the same package. Removed is the entry as Python shows it.
type DepsFoundDuplicatePackage struct{ Removed string }

// DepsScrubbedPackageName is an address with a secret in it.
type DepsScrubbedPackageName struct{ PackageName string }

// DepsSetDownloadDirectory is where packages are fetched to.
type DepsSetDownloadDirectory struct{ Path string }

// RegistryGet is a question to the hub; Index asks for the list of packages.
type RegistryGet struct {
	URL   string
	Index bool
}

// RegistryGot is the hub's answer.
type RegistryGot struct {
	URL    string
	Status int
	Index  bool
}

// RetryExternalCall is a request that failed and is sent again.
type RetryExternalCall struct{ Attempt, Max int }

// RecordRetryException is why.
type RecordRetryException struct{ Exc string }

// PackageHashMismatch is an archive whose hash is not the one that the hub
// names. dbt does not look.
type PackageHashMismatch struct{ PackageName, Want, Got string }

// Name implements Data.
func (DepsNoPackagesFound) Name() string { return "DepsNoPackagesFound" }

// Code implements Data.
func (DepsNoPackagesFound) Code() string { return "M013" }

// Message implements Data.
func (DepsNoPackagesFound) Message() string {
	return "Warning: No packages were found in packages.yml"
}

// Fields implements Fielder.
func (DepsNoPackagesFound) Fields(*Encoder) {}

// Name implements Data.
func (DepsStartPackageInstall) Name() string { return "DepsStartPackageInstall" }

// Code implements Data.
func (DepsStartPackageInstall) Code() string { return "M014" }

// Message implements Data.
func (e DepsStartPackageInstall) Message() string { return "Installing " + e.PackageName }

// Fields implements Fielder.
func (e DepsStartPackageInstall) Fields(enc *Encoder) { enc.Str("package_name", e.PackageName) }

// Name implements Data.
func (DepsInstallInfo) Name() string { return "DepsInstallInfo" }

// Code implements Data.
func (DepsInstallInfo) Code() string { return "M015" }

// Message implements Data.
func (e DepsInstallInfo) Message() string { return "Installed from " + e.VersionName }

// Fields implements Fielder.
func (e DepsInstallInfo) Fields(enc *Encoder) { enc.Str("version_name", e.VersionName) }

// Name implements Data.
func (DepsUpdateAvailable) Name() string { return "DepsUpdateAvailable" }

// Code implements Data.
func (DepsUpdateAvailable) Code() string { return "M016" }

// Message implements Data.
func (e DepsUpdateAvailable) Message() string {
	return "Updated version available: " + e.VersionLatest
}

// Fields implements Fielder.
func (e DepsUpdateAvailable) Fields(enc *Encoder) { enc.Str("version_latest", e.VersionLatest) }

// Name implements Data.
func (DepsUpToDate) Name() string { return "DepsUpToDate" }

// Code implements Data.
func (DepsUpToDate) Code() string { return "M017" }

// Message implements Data.
func (DepsUpToDate) Message() string { return "Up to date!" }

// Fields implements Fielder.
func (DepsUpToDate) Fields(*Encoder) {}

// Name implements Data.
func (DepsListSubdirectory) Name() string { return "DepsListSubdirectory" }

// Code implements Data.
func (DepsListSubdirectory) Code() string { return "M018" }

// Message implements Data.
func (e DepsListSubdirectory) Message() string { return "and subdirectory " + e.Subdirectory }

// Fields implements Fielder.
func (e DepsListSubdirectory) Fields(enc *Encoder) { enc.Str("subdirectory", e.Subdirectory) }

// Name implements Data.
func (DepsNotifyUpdatesAvailable) Name() string { return "DepsNotifyUpdatesAvailable" }

// Code implements Data.
func (DepsNotifyUpdatesAvailable) Code() string { return "M019" }

// Message implements Data.
func (e DepsNotifyUpdatesAvailable) Message() string {
	return "Updates available for packages: ['" + strings.Join(e.Packages, "', '") + "']\n" +
		"Update your versions in packages.yml, then run dbt deps"
}

// Fields implements Fielder.
func (e DepsNotifyUpdatesAvailable) Fields(enc *Encoder) { enc.Strs("packages", e.Packages) }

// Name implements Data.
func (DepsUnpinned) Name() string { return "DepsUnpinned" }

// Code implements Data.
func (DepsUnpinned) Code() string { return "M029" }

// Message implements Data.
func (e DepsUnpinned) Message() string {
	how := "not pinned, using HEAD (default branch)"
	if e.Revision != "HEAD" {
		how = `pinned to the "` + e.Revision + `" branch`
	}
	return Warned(`The git package "` + e.Git + "\" \n\tis " + how + ".\n\tIt may change, and break this project, without a word: " +
		"name a tag or a commit as its revision")
}

// Fields implements Fielder.
func (e DepsUnpinned) Fields(enc *Encoder) {
	enc.Str("git", e.Git)
	enc.Str("revision", e.Revision)
}

// Name implements Data.
func (DepsLockUpdating) Name() string { return "DepsLockUpdating" }

// Code implements Data.
func (DepsLockUpdating) Code() string { return "M031" }

// Message implements Data.
func (e DepsLockUpdating) Message() string {
	return "Updating lock file in file path: " + e.LockFilepath
}

// Fields implements Fielder.
func (e DepsLockUpdating) Fields(enc *Encoder) { enc.Str("lock_filepath", e.LockFilepath) }

// Name implements Data.
func (DepsAddPackage) Name() string { return "DepsAddPackage" }

// Code implements Data.
func (DepsAddPackage) Code() string { return "M032" }

// Message implements Data.
func (e DepsAddPackage) Message() string {
	return "Added new package " + e.PackageName + "@" + e.Version + " to " + e.PackagesFilepath
}

// Fields implements Fielder.
func (e DepsAddPackage) Fields(enc *Encoder) {
	enc.Str("package_name", e.PackageName)
	enc.Str("packages_filepath", e.PackagesFilepath)
	enc.Str("version", e.Version)
}

// Name implements Data.
func (DepsFoundDuplicatePackage) Name() string { return "DepsFoundDuplicatePackage" }

// Code implements Data.
func (DepsFoundDuplicatePackage) Code() string { return "M033" }

// Message implements Data.
func (e DepsFoundDuplicatePackage) Message() string {
	return "Found duplicate package in packages.yml, removing: " + e.Removed
}

// Fields implements Fielder.
func (e DepsFoundDuplicatePackage) Fields(enc *Encoder) { enc.Str("removed_package", e.Removed) }

// Name implements Data.
func (DepsScrubbedPackageName) Name() string { return "DepsScrubbedPackageName" }

// Code implements Data.
func (DepsScrubbedPackageName) Code() string { return "M035" }

// Message implements Data.
func (e DepsScrubbedPackageName) Message() string {
	return Warned("There is a secret in the address " + e.PackageName + ": the lock file gets it blanked, so that installing from the lock file " +
		"fails until `deps --upgrade`. Write {{ env_var('DBT_ENV_SECRET_...') }} in its place")
}

// Fields implements Fielder.
func (e DepsScrubbedPackageName) Fields(enc *Encoder) { enc.Str("package_name", e.PackageName) }

// Name implements Data.
func (DepsSetDownloadDirectory) Name() string { return "DepsSetDownloadDirectory" }

// Code implements Data.
func (DepsSetDownloadDirectory) Code() string { return "M028" }

// Message implements Data.
func (e DepsSetDownloadDirectory) Message() string { return "Set downloads directory='" + e.Path + "'" }

// Fields implements Fielder.
func (e DepsSetDownloadDirectory) Fields(enc *Encoder) { enc.Str("path", e.Path) }

// Name implements Data.
func (e RegistryGet) Name() string {
	if e.Index {
		return "RegistryIndexProgressGETRequest"
	}
	return "RegistryProgressGETRequest"
}

// Code implements Data.
func (e RegistryGet) Code() string {
	if e.Index {
		return "M022"
	}
	return "M008"
}

// Message implements Data.
func (e RegistryGet) Message() string {
	if e.Index {
		return "Making package index registry request: GET " + e.URL
	}
	return "Making package registry request: GET " + e.URL
}

// Fields implements Fielder.
func (e RegistryGet) Fields(enc *Encoder) { enc.Str("url", e.URL) }

// Name implements Data.
func (e RegistryGot) Name() string {
	if e.Index {
		return "RegistryIndexProgressGETResponse"
	}
	return "RegistryProgressGETResponse"
}

// Code implements Data.
func (e RegistryGot) Code() string {
	if e.Index {
		return "M023"
	}
	return "M009"
}

// Message implements Data.
func (e RegistryGot) Message() string {
	where := "registry"
	if e.Index {
		where = "registry index"
	}
	return "Response from " + where + ": GET " + e.URL + " " + strconv.Itoa(e.Status)
}

// Fields implements Fielder.
func (e RegistryGot) Fields(enc *Encoder) {
	enc.Int("resp_code", int64(e.Status))
	enc.Str("url", e.URL)
}

// Name implements Data.
func (RetryExternalCall) Name() string { return "RetryExternalCall" }

// Code implements Data.
func (RetryExternalCall) Code() string { return "M020" }

// Message implements Data.
func (e RetryExternalCall) Message() string {
	return "Retrying external call. Attempt: " + strconv.Itoa(e.Attempt) + " Max attempts: " + strconv.Itoa(e.Max)
}

// Fields implements Fielder.
func (e RetryExternalCall) Fields(enc *Encoder) {
	enc.Int("attempt", int64(e.Attempt))
	enc.Int("max", int64(e.Max))
}

// Name implements Data.
func (RecordRetryException) Name() string { return "RecordRetryException" }

// Code implements Data.
func (RecordRetryException) Code() string { return "M021" }

// Message implements Data.
func (e RecordRetryException) Message() string { return "External call exception: " + e.Exc }

// Fields implements Fielder.
func (e RecordRetryException) Fields(enc *Encoder) { enc.Str("exc", e.Exc) }

// Name implements Data.
func (PackageHashMismatch) Name() string { return "PackageHashMismatch" }

// Code implements Data.
func (PackageHashMismatch) Code() string { return "" }

// Message implements Data.
func (e PackageHashMismatch) Message() string {
	return Warned("The archive of package " + e.PackageName + " is not the one that the hub knows: its sha1 is " + e.Got + ", not " + e.Want)
}

// Fields implements Fielder.
func (e PackageHashMismatch) Fields(enc *Encoder) {
	enc.Str("got", e.Got)
	enc.Str("package_name", e.PackageName)
	enc.Str("want", e.Want)
}

// PackageRedirectDeprecation is a package that the hub has under another name.
type PackageRedirectDeprecation struct{ OldName, NewName string }

// Name implements Data.
func (PackageRedirectDeprecation) Name() string { return "PackageRedirectDeprecation" }

// Code implements Data.
func (PackageRedirectDeprecation) Code() string { return "D001" }

// Message implements Data.
func (e PackageRedirectDeprecation) Message() string {
	return Deprecated("", "The `"+e.OldName+"` package is deprecated in favor of `"+e.NewName+"`: name that one in packages.yml")
}

// Fields implements Fielder.
func (e PackageRedirectDeprecation) Fields(enc *Encoder) {
	enc.Str("new_name", e.NewName)
	enc.Str("old_name", e.OldName)
}
